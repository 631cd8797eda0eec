// A real MCP server over streamable HTTP on loopback, with sessions; prints its port.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { z } from 'zod'

const sessions = new Map()

const open = async () => {
  const server = new McpServer({ name: 'sums', version: '1.0.0' })
  server.registerTool('add', { description: 'Adds.', inputSchema: { a: z.number(), b: z.number() } }, ({ a, b }) => ({
    content: [{ type: 'text', text: String(a + b) }],
  }))
  server.registerTool('whoami', { description: 'Tells the key.', inputSchema: {} }, (_, { requestInfo }) => ({
    content: [{ type: 'text', text: `you are ${requestInfo.headers.authorization}` }],
  }))
  server.registerTool('refuse', { description: 'Fails.', inputSchema: {} }, () => ({
    isError: true,
    content: [{ type: 'text', text: 'Access denied - not for you' }],
  }))
  server.registerTool('wait', { description: 'Never answers.', inputSchema: {} }, () => new Promise(() => {}))
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void sessions.set(id, transport),
    onsessionclosed: (id) => void sessions.delete(id),
  })
  await server.connect(transport)
  return transport
}

const http = createServer(async (request, response) => {
  if (request.url === '/sessions') return response.end(String(sessions.size))
  const known = sessions.get(request.headers['mcp-session-id'])
  await (known ?? (await open())).handleRequest(request, response)
})
http.listen(0, '127.0.0.1', () => console.log(http.address().port))
