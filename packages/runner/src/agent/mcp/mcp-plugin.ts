import type { CallToolResult, ListToolsResult, MCPClient, MCPTransport } from '@ai-sdk/mcp'
import { AssayError, isAssayError } from '@assay/core'
import type { OfferedTool, OpenPlugin } from '../plugin.ts'
import { masked, type ToolAnswer } from '../run-tool.ts'

/** A server of tools, ready to be spoken to. */
export type McpConnection = {
  transport:
    | MCPTransport
    | { type: 'http'; url: string; headers: Record<string, string>; fetch: typeof globalThis.fetch }
  /** What is known of how it ended, when it did. */
  ending(): string
}

/** How a server of tools is reached in one case. */
export type McpOptions = {
  name: string
  connect: (workspace: string) => McpConnection
  /** For one call of a tool. */
  timeoutMs: number
  /** For the server to be ready, and to say which tools it has. */
  startTimeoutMs?: number
  secrets: readonly string[]
}

const START_MS = 60_000
const MOST_PAGES = 100

/**
 * The tools of an MCP server. One that dies ends the case, and one that was never ready the run: it would end every
 * other case in the same way. A call that hangs is an answer.
 */
export const mcpPlugin = ({ name, connect, timeoutMs, startTimeoutMs = START_MS, secrets }: McpOptions): OpenPlugin => {
  let wasReady = false
  return async ({ workspace, signal }) => {
    const connection = connect(workspace)
    const { transport } = connection
    const failed = (reason: string, error: unknown): AssayError => {
      if (isAssayError(error)) return error
      const told = [messageOf(error), connection.ending()].filter(Boolean).join('; ')
      const text = masked(told, secrets).slice(0, 2_000)
      const code = wasReady ? 'suite.plugin_failed' : 'suite.plugin_unready'
      return new AssayError(code, { plugin: name, reason: `${reason}: ${text}` }, { cause: error })
    }
    let isClosed = false
    let client: MCPClient
    try {
      // Loaded with the first server: runs without one do not wait for it.
      const { createMCPClient } = await import('@ai-sdk/mcp')
      client = await createMCPClient({
        transport: 'start' in transport ? watched(transport, () => (isClosed = true)) : transport,
        clientName: 'assay',
        version: '1',
        initializationOptions: { signal, timeout: startTimeoutMs },
      })
    } catch (error) {
      if ('start' in transport) await transport.close()
      throw signal.aborted ? signal.reason : failed('did not get ready', error)
    }
    const close = async () => {
      await client.close().catch(() => {})
      // The client of a program that is gone closes nothing, and the program may have left others.
      if ('start' in transport) await transport.close()
    }
    try {
      const tools = await listed(client, { signal, timeout: startTimeoutMs })
      wasReady = true
      return {
        name,
        tools,
        call: async (tool, args, signal) => {
          try {
            return answerOf(
              await client.callTool({ name: tool, arguments: args, options: { signal, timeout: timeoutMs } }),
            )
          } catch (error) {
            if (isClosed) throw failed(`is gone in the middle of ${tool}`, error)
            const text = messageOf(error)
            return { status: /timed out|was aborted/.test(text) ? 'timeout' : 'error', text }
          }
        },
        [Symbol.asyncDispose]: close,
      }
    } catch (error) {
      await close()
      throw signal.aborted ? signal.reason : failed('did not say which tools it has', error)
    }
  }
}

/** The client sets its own listeners; this one is told too. */
const watched = (transport: MCPTransport, onClose: () => void): MCPTransport => {
  const start = transport.start.bind(transport)
  transport.start = async () => {
    const told = transport.onclose
    transport.onclose = () => {
      onClose()
      told?.()
    }
    await start()
  }
  return transport
}

const listed = async (client: MCPClient, options: { signal: AbortSignal; timeout: number }): Promise<OfferedTool[]> => {
  const tools: OfferedTool[] = []
  let cursor: string | undefined
  for (let page = 0; page < MOST_PAGES; page++) {
    const found: ListToolsResult = await client.listTools({ ...(cursor && { params: { cursor } }), options })
    for (const { name, description = '', inputSchema } of found.tools) {
      tools.push({ name, description, inputSchema })
    }
    cursor = found.nextCursor
    if (cursor === undefined) break
  }
  return tools
}

const answerOf = (result: CallToolResult): ToolAnswer => {
  const parts = 'content' in result && Array.isArray(result.content) ? result.content : []
  const structured: unknown = 'structuredContent' in result ? result.structuredContent : undefined
  const text = parts.map(textOf).join('\n')
  const said = text === '' && structured !== undefined ? JSON.stringify(structured) : text
  if (!('isError' in result && result.isError)) return { status: 'ok', text: said }
  return { status: /^(?:error:\s*)?(?:access|permission) denied/i.test(said) ? 'denied' : 'error', text: said }
}

/** A part of an answer as text; pictures and sounds by what they are. */
const textOf = (part: unknown): string => {
  const { type, text, mimeType, data, resource } = part as Record<string, unknown>
  if (typeof text === 'string') return text
  if (typeof data === 'string')
    return `[${String(type)} ${String(mimeType)}, ${Math.floor((data.length * 3) / 4)} bytes]`
  return JSON.stringify(resource ?? part)
}

const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error && error.cause.message !== error.message
    ? `${error.message}: ${error.cause.message}`
    : error.message
}
