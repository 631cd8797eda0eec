// An MCP server that goes wrong in the way its first argument says; the second is a file it writes its process ids to.
import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const [, , fault, pids] = process.argv
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
appendFileSync(pids, `${process.pid}\n${child.pid}\n`)
process.on('SIGTERM', () => {})
setInterval(() => {}, 1_000)
if (fault === 'dies at start') {
  console.error('no configuration at all')
  process.exit(3)
}
if (fault === 'greets') console.log('Welcome to this server!')
const say = (message) => console.log(JSON.stringify({ jsonrpc: '2.0', ...message }))
if (fault !== 'never ready') {
  createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line)
    if (method === 'initialize')
      say({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'odd', version: '1' } } })
    if (method === 'tools/list')
      say({ id, result: { tools: [{ name: 'act', inputSchema: { type: 'object' } }, { name: 'env', inputSchema: { type: 'object' } }] } })
    if (method !== 'tools/call') return
    if (params.name === 'env') return say({ id, result: { content: [{ type: 'text', text: JSON.stringify([process.env, process.cwd()]) }] } })
    if (fault === 'dies in a call') {
      console.error('out of memory')
      process.exit(9)
    }
    if (fault === 'greets') say({ id, result: { content: [{ type: 'text', text: 'done' }] } })
  })
}
