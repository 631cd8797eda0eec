import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dataOf, EventScanner } from './sse.ts'

const scan = (pieces: Uint8Array[]): { events: string[]; rest: string } => {
  const events: string[] = []
  const scanner = new EventScanner({ onEvent: (event) => events.push(Buffer.from(event).toString()) })
  for (const piece of pieces) scanner.push(piece)
  return { events, rest: Buffer.from(scanner.end()).toString() }
}

const field = fc.oneof(
  fc.stringMatching(/^data: ?[a-zé{}":]{0,20}$/),
  fc.constantFrom(': comment', 'data: 😀', 'event: x', 'id: 7', 'data', 'data:'),
)
const blank = fc.constantFrom('\n\n', '\r\n\r\n', '\r\r', '\n\r\n')
const lineEnd = fc.constantFrom('\n', '\r\n', '\r')
const event = fc
  .tuple(fc.array(field, { minLength: 1, maxLength: 3 }), lineEnd, blank)
  .map(([lines, end, last]) => lines.join(end) + last)

test('events are the same however the bytes are cut, and no byte is lost', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 30 }), (list, cuts) => {
      const bytes = Buffer.from(list.join(''))
      const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
      const pieces = [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length))
      const whole = scan([bytes])
      expect(scan(pieces)).toEqual(whole)
      expect(scan(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(whole)
      expect(whole.events.join('') + whole.rest).toBe(bytes.toString())
    }),
  )
})

test.each([
  ['data: {"a":1}\n\n', '{"a":1}'],
  ['data:{"a":1}\r\n\r\n', '{"a":1}'],
  ['data: [DONE]\n\n', '[DONE]'],
  ['event: x\ndata: one\ndata: two\n\n', 'one\ntwo'],
  ['data: {"a":\ndata: 1}\n\n', '{"a":\n1}'],
  ['data\n\n', ''],
  [': keep-alive\n\n', null],
  ['\n', null],
])('%j holds the data %j', (text, data) => {
  expect(dataOf(Buffer.from(text))).toBe(data)
})

test('an event that never ends is refused at 8 MiB', () => {
  const scanner = new EventScanner({ onEvent: () => {} })
  const chunk = Buffer.alloc(1024 * 1024, 'a')
  expect(() => {
    for (let count = 0; count < 9; count++) scanner.push(chunk)
  }).toThrow(/larger than/)
})

test('a long event in small pieces takes time in proportion to its length', () => {
  const piece = Buffer.alloc(1024, 'a')
  const started = performance.now()
  const { rest } = scan(Array.from({ length: 8 * 1024 }, () => piece))
  expect(rest).toHaveLength(8 * 1024 * 1024)
  expect(performance.now() - started).toBeLessThan(3_000)
})
