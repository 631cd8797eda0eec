import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { takePart } from './party.ts'

/**
 * A model server that answers at once: a kilobyte of JSON, or a stream of 200 chunks; one whose body says `paced` gets
 * its chunks 5 ms apart.
 */

const CHUNKS = 200
const PACE_MS = 5
const PACED_CHUNKS = 40
const head = { id: 'chatcmpl-bench', created: 1_790_000_000, model: 'gpt-4o-mini' }
const usage = { prompt_tokens: 40, completion_tokens: 200, total_tokens: 240 }
const json = Buffer.from(
  JSON.stringify({
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: 'word '.repeat(160) }, finish_reason: 'stop' }],
    usage,
  }),
)
const event = (value: object) =>
  Buffer.from(`data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', ...value })}\n\n`)
const chunk = event({ choices: [{ index: 0, delta: { content: 'word ' }, finish_reason: null }] })
const last = Buffer.concat([
  event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }),
  event({ choices: [], usage }),
  Buffer.from('data: [DONE]\n\n'),
])
const streamMark = Buffer.from('"stream":true')
const paceMark = Buffer.from('paced')
let calls = 0

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const chunks: Buffer[] = []
  calls++
  request.on('data', (data: Buffer) => chunks.push(data))
  request.on('end', () => {
    const body = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
    if (!body.includes(streamMark)) {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': json.length })
      response.end(json)
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const isPaced = body.includes(paceMark)
    let left = isPaced ? PACED_CHUNKS : CHUNKS
    const pump = (): void => {
      response.write(chunk)
      if (--left === 0) response.end(last)
      else if (isPaced) setTimeout(pump, PACE_MS)
      else setImmediate(pump)
    }
    pump()
  })
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  takePart({ url, answers: { calls: () => calls }, stop: async () => server.closeAllConnections() })
})
