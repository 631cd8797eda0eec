/** A tool of a fake MCP server, as data: a process of its own can be given it. */
export type FakeTool = {
  name: string
  description?: string
  inputSchema?: Record<string, unknown>
  /** What it says: a text with `{{argument}}` in it, or several parts as the protocol has them. */
  result?: string | readonly Record<string, unknown>[]
  /** The result is told as an error of the tool. */
  isError?: boolean
  /** Time before it answers. */
  delayMs?: number
  /** The call is answered with an error of the protocol. */
  protocolError?: string
}

/** One call of a tool, as the server saw it. */
export type FakeToolCall = { name: string; args: Record<string, unknown> }

type Message = { jsonrpc: '2.0'; id?: number | string; method?: string; params?: Record<string, unknown> }

/** What answers a message of the protocol; a notification needs no answer. */
export const answerMcp = async (
  message: Message,
  { tools, onCall }: { tools: readonly FakeTool[]; onCall: (call: FakeToolCall) => void },
): Promise<object | null> => {
  const { id, method, params = {} } = message
  if (id === undefined || method === undefined) return null
  const answer = (result: object) => ({ jsonrpc: '2.0', id, result })
  const refuse = (code: number, text: string) => ({ jsonrpc: '2.0', id, error: { code, message: text } })
  if (method === 'initialize') {
    return answer({
      protocolVersion: params['protocolVersion'] ?? '2025-06-18',
      capabilities: { tools: {} },
      serverInfo: { name: 'fake', version: '1.0.0' },
    })
  }
  if (method === 'ping') return answer({})
  if (method === 'tools/list') return answer({ tools: tools.map(shownTool) })
  if (method !== 'tools/call') return refuse(-32_601, `the fake server has no method ${method}`)
  const tool = tools.find(({ name }) => name === params['name'])
  const args = (params['arguments'] ?? {}) as Record<string, unknown>
  if (!tool) return refuse(-32_602, `the fake server has no tool ${String(params['name'])}`)
  onCall({ name: tool.name, args })
  if (tool.delayMs) await new Promise((resolve) => setTimeout(resolve, tool.delayMs))
  if (tool.protocolError !== undefined) return refuse(-32_603, tool.protocolError)
  return answer({ content: contentOf(tool, args), isError: tool.isError ?? false })
}

const shownTool = ({ name, description = name, inputSchema = { type: 'object' } }: FakeTool) => ({
  name,
  description,
  inputSchema,
})

/** A tool that says nothing of its own says what it was called with. */
const contentOf = ({ result }: FakeTool, args: Record<string, unknown>): readonly object[] => {
  if (Array.isArray(result)) return result as readonly object[]
  const text = typeof result === 'string' ? filled(result, args) : JSON.stringify(args)
  return [{ type: 'text', text }]
}

const filled = (text: string, args: Record<string, unknown>): string =>
  text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = args[name]
    return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  })
