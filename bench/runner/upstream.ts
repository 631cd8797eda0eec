import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** A model on loopback: reads the question and answers at once with the sentence every check is made for. */
const answer = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: 'fake',
    choices: [
      { index: 0, message: { role: 'assistant', content: '{"city":"Paris","people":2102650}' }, finish_reason: 'stop' },
    ],
    usage: { prompt_tokens: 20, completion_tokens: 12, total_tokens: 32 },
  }),
)

let calls = 0
const server = createServer((request, response) => {
  calls++
  request.resume()
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length })
    response.end(answer)
  })
})

server.listen(0, '127.0.0.1', () => process.send!({ port: (server.address() as { port: number }).port }))
// Asked how many calls came since it was asked the last time.
process.on('message', () => {
  process.send!({ calls })
  calls = 0
})
process.on('disconnect', () => {
  server.close()
  server.closeAllConnections()
  void sleep(500).then(() => process.exit(0))
})
