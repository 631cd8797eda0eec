import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answerMcp, type FakeTool, type FakeToolCall } from './mcp-tools.ts'

/** A fake MCP server over HTTP on 127.0.0.1. */
export type FakeMcp = AsyncDisposable & {
  /** The address of its only path, `http://127.0.0.1:port/mcp`. */
  url: string
  host: string
  /** The calls of tools so far, in their order. */
  calls: FakeToolCall[]
  /** Messages of the protocol, handshakes and lists included. */
  counters: { messages: number; sessions: number }
  /** Other tools from now on. */
  offer(tools: readonly FakeTool[]): void
  close(): Promise<void>
}

/** A fake MCP server over standard input and output: the program to start, and what it was asked. */
export type FakeMcpCommand = Disposable & {
  command: string
  args: string[]
  /** The calls of tools so far, of every process that was started with it. */
  calls: () => FakeToolCall[]
}

/** Starts a fake MCP server that speaks Streamable HTTP and answers in JSON. */
export const startFakeMcp = async (tools: readonly FakeTool[]): Promise<FakeMcp> => {
  const calls: FakeToolCall[] = []
  const counters = { messages: 0, sessions: 0 }
  let offered = tools
  const onMessage = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    // A server may have no stream of its own; a client goes on without one.
    if (request.method === 'GET') return void response.writeHead(405).end()
    if (request.method === 'DELETE') return void response.writeHead(200).end()
    counters.messages++
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const message = JSON.parse(text) as Parameters<typeof answerMcp>[0]
    if (message.method === 'initialize') {
      counters.sessions++
      response.setHeader('mcp-session-id', `session-${counters.sessions}`)
    }
    const answer = await answerMcp(message, { tools: offered, onCall: (call) => void calls.push(call) })
    if (answer === null) return void response.writeHead(202).end()
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  }
  const server = createServer((request, response) => {
    onMessage(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return {
    url: `http://${host}/mcp`,
    host,
    calls,
    counters,
    offer: (next) => void (offered = next),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** The command of a fake MCP server for standard input and output; disposing of it removes what it wrote. */
export const fakeMcpCommand = (tools: readonly FakeTool[]): FakeMcpCommand => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-mcp-'))
  const callsFile = join(folder, 'calls.ndjson')
  const program = new URL(import.meta.url.endsWith('.ts') ? './mcp-stdio.ts' : './mcp-stdio.js', import.meta.url)
  return {
    command: process.execPath,
    args: [fileURLToPath(program), JSON.stringify(tools), callsFile],
    calls: () =>
      existsSync(callsFile)
        ? readFileSync(callsFile, 'utf8')
            .trim()
            .split('\n')
            .filter(Boolean)
            .map((line) => JSON.parse(line) as FakeToolCall)
        : [],
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
