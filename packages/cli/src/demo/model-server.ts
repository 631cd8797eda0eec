import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A small model server with the OpenAI API: the upstream of the demo, with a fault that can be fixed. */
export type ModelServer = AsyncDisposable & {
  /** `127.0.0.1:port`. */
  host: string
  version: () => 1 | 2
  /** Puts version 2 in place of version 1. */
  fix: () => void
}

/** The model it serves. */
export const INVOICE_MODEL = 'invoice-reader'

const CHARACTERS_PER_TOKEN = 4

type Body = {
  messages: { content: string }[]
  response_format?: { json_schema?: { schema?: { properties?: Record<string, { type?: string }> } } }
}

/** Starts it on a free port of the loopback address. Version 1 writes numbers out in words when it reads an invoice. */
export const startModelServer = async (): Promise<ModelServer> => {
  let version: 1 | 2 = 1
  const server = createServer((request, response) => {
    readBody(request).then(
      (text) => answer(response, JSON.parse(text) as Body, version),
      (error: Error) => response.destroy(error),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    host: `127.0.0.1:${port}`,
    version: () => version,
    fix: () => void (version = 2),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const answer = (response: ServerResponse, { messages, response_format: format }: Body, version: 1 | 2): void => {
  const fields = Object.entries(format?.json_schema?.schema?.properties ?? {})
  const values = fields.map(([name, { type }]) => {
    if (type !== 'number') return [name, 'EUR']
    return [name, version === 1 ? 'twelve' : 12]
  })
  const content = fields.length > 0 ? JSON.stringify(Object.fromEntries(values)) : 'I read invoices.'
  const inputTokens = Math.ceil(messages.map((message) => message.content).join('').length / CHARACTERS_PER_TOKEN)
  const outputTokens = Math.ceil(content.length / CHARACTERS_PER_TOKEN)
  const body = {
    id: `chatcmpl-${inputTokens}-${outputTokens}`,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1_000),
    model: INVOICE_MODEL,
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
    usage: {
      prompt_tokens: inputTokens,
      completion_tokens: outputTokens,
      total_tokens: inputTokens + outputTokens,
    },
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

const readBody = async (request: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}
