import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A provider on 127.0.0.1 that answers whoever sends a key it accepts, as OpenAI would, and counts by key. */
export const startGuardedProvider = async (...keys: string[]) => {
  const accepted = new Set(keys)
  const calls: { path: string; key: string; headers: Record<string, unknown> }[] = []
  let delayMs = 0
  const server = createServer((request, response) => {
    const key = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? String(request.headers['api-key'] ?? '')
    const path = request.url ?? ''
    calls.push({ path, key, headers: request.headers })
    request.resume()
    request.on('end', () => {
      setTimeout(() => {
        response.setHeader('content-type', 'application/json')
        if (!accepted.has(key)) {
          const error = { message: `Incorrect API key provided: ${key}.`, type: 'invalid_request_error', code: 'invalid_api_key' }
          response.writeHead(401).end(JSON.stringify({ error }))
        } else if (path.split('?')[0]!.endsWith('/v1/models')) {
          response.end(JSON.stringify({ object: 'list', data: [{ id: 'test-model' }, { id: 'other-model' }] }))
        } else if (path.endsWith('/v1/chat/completions')) {
          const message = { role: 'assistant', content: 'Hello there.' }
          const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
          const choices = [{ index: 0, message, finish_reason: 'stop' }]
          response.end(JSON.stringify({ id: 'c', object: 'chat.completion', created: 1, model: 'test-model', choices, usage }))
        } else {
          response.writeHead(404).end(JSON.stringify({ error: { message: 'no such path' } }))
        }
      }, delayMs)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    host,
    baseUrl: `http://${host}/v1`,
    calls,
    accept: (key: string) => void accepted.add(key),
    refuse: (key: string) => void accepted.delete(key),
    slow: (ms: number) => void (delayMs = ms),
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export type GuardedProvider = Awaited<ReturnType<typeof startGuardedProvider>>
