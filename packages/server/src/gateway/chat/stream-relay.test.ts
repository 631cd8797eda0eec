import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chunkEvent, doneEvent, streamEvents, usageEvent } from '../__fixtures__/scripted-upstream.ts'
import { StreamRelay } from './stream-relay.ts'

const relayed = (pieces: Uint8Array[], dropsUsage = true) => {
  const relay = new StreamRelay({ dropsUsage })
  let text = ''
  for (const piece of pieces) {
    relay.push(piece)
    const bytes = relay.hasContent ? relay.take() : null
    if (bytes) text += Buffer.from(bytes).toString('latin1')
  }
  relay.end()
  const rest = relay.take()
  if (rest) text += Buffer.from(rest).toString('latin1')
  return { text: Buffer.from(text, 'latin1').toString('utf8'), relay }
}

const cutAt = (bytes: Buffer, cuts: number[]): Uint8Array[] => {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  // Copies, because the network never hands out one buffer twice.
  return [0, ...places].map((from, index) => Buffer.from(bytes.subarray(from, places[index] ?? bytes.length)))
}

const words = fc.array(
  fc.oneof(fc.string(), fc.constantFrom('"usage":{', '[DONE]', 'ä€😀', '\r\n\r\n', '"finish_reason":"stop"')),
  {
    minLength: 1,
  },
)
const visible = words.filter((list) => list.some((word) => word.trim() !== ''))

test.each([
  ['line feeds', '\n\n'],
  ['returns and line feeds', '\r\n\r\n'],
])('a stream with %s, cut anywhere, arrives the same but for the usage nobody asked for', (_, blank) => {
  const shape = (events: string[]) => events.join('').replaceAll('\n\n', blank)
  fc.assert(
    fc.property(visible, fc.array(fc.nat(), { maxLength: 40 }), (list, cuts) => {
      const bytes = Buffer.from(shape(streamEvents(list, { withUsage: true })))
      const { text, relay } = relayed(cutAt(bytes, cuts))
      expect(text).toBe(shape(streamEvents(list, { withUsage: false }).slice(0, -1)))
      expect(Buffer.from(relay.done!).toString()).toBe(`data: [DONE]${blank}`)
      expect(relay.marks.usage).toMatchObject({ inputTokens: 12, outputTokens: 5 })
      expect(relay.marks.finishReason).toBe('stop')
      expect(relay.reply().text).toBe(list.join(''))
    }),
  )
})

test('a stream cut at every single byte is the same stream', () => {
  const bytes = Buffer.from(streamEvents(['Grüße', ' 😀'], { withUsage: true }).join(''))
  const single = Array.from(bytes, (byte) => Uint8Array.of(byte))
  expect(relayed(single).text).toBe(relayed([bytes]).text)
})

test('nothing has content before the first word, tool call or reasoning', () => {
  const relay = new StreamRelay({ dropsUsage: true })
  relay.push(Buffer.from(': keep-alive\n\n'))
  relay.push(Buffer.from(chunkEvent({ role: 'assistant', content: '' })))
  relay.push(Buffer.from(chunkEvent({ role: 'assistant', content: null })))
  expect(relay.hasContent).toBe(false)
  relay.push(Buffer.from(chunkEvent({ tool_calls: [{ index: 0, id: 'a', function: { name: 'f', arguments: '' } }] })))
  expect(relay.hasContent).toBe(true)
  expect(Buffer.from(relay.take()!).toString()).toMatch(/^: keep-alive/)
})

test('usage stays when the caller asked for it', () => {
  const stream = [chunkEvent({ content: 'x' }), usageEvent, doneEvent].join('')
  expect(relayed([Buffer.from(stream)], false).text).toBe(chunkEvent({ content: 'x' }) + usageEvent)
})

test('an end mark without its blank line still ends the stream', () => {
  const { relay } = relayed([Buffer.from(`${chunkEvent({ content: 'x' })}data: [DONE]`)])
  expect(relay.done).not.toBeNull()
})

test('words that speak of [DONE] do not end the stream', () => {
  const { relay } = relayed([Buffer.from(chunkEvent({ content: '[DONE]' }) + 'data: "[DONE]"\n\n')])
  expect(relay.done).toBeNull()
})
