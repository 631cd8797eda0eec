import { appendFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { answerMcp, type FakeTool } from './mcp-tools.ts'

/** A fake MCP server as a program: tools and the file for its calls come as arguments, messages as lines. */
const [tools, callsFile] = [JSON.parse(process.argv[2] ?? '[]') as FakeTool[], process.argv[3]]

createInterface({ input: process.stdin }).on('line', (line) => {
  if (line.trim() === '') return
  const parts = {
    tools,
    onCall: (call: object) => callsFile !== undefined && appendFileSync(callsFile, `${JSON.stringify(call)}\n`),
  }
  void say(answerMcp(JSON.parse(line) as Parameters<typeof answerMcp>[0], parts))
})

const say = async (answered: Promise<object | null>): Promise<void> => {
  const answer = await answered
  if (answer) process.stdout.write(`${JSON.stringify(answer)}\n`)
}
