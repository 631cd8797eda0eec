/** What to type for each of the first steps, with the address under which this page was opened. */
export const checklistCommands = (serverUrl: string) => ({
  key: 'npx assay gateway-keys create my-app',
  request: chatCommand(serverUrl),
  provider: 'npx assay keys add openai',
  suite: 'npx assay init && npx assay test',
  failure: failureCommand(serverUrl),
})

const REQUEST = '{"model":"sim/echo","messages":[{"role":"user","content":"Hello"}]}'

/** One call of the built-in model. */
export const chatCommand = (serverUrl: string): string =>
  [
    `curl ${serverUrl}/v1/chat/completions \\`,
    `  -H "authorization: Bearer $ASSAY_KEY" \\`,
    `  -H "content-type: application/json" \\`,
    `  -d '${REQUEST}'`,
  ].join('\n')

/** One failure of an application, with the request that failed, so that it can become a test. */
export const failureCommand = (serverUrl: string): string =>
  [
    `curl ${serverUrl}/api/v1/failures \\`,
    `  -H "authorization: Bearer $ASSAY_KEY" \\`,
    `  -H "content-type: application/json" \\`,
    `  -d '{"name":"TypeError","message":"total is not a number","request":${REQUEST}}'`,
  ].join('\n')
