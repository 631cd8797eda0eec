import fc from 'fast-check'
import { expect, test } from 'vitest'
import { callerContextOf, contextHeaders } from './trace-context.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'

test('a caller’s trace is read as W3C writes it, also in a version to come', () => {
  const read = (traceparent: string) => callerContextOf({ traceparent })
  expect(read(`00-${traceId}-${spanId}-01`)).toEqual({ traceId, spanId, isSampled: true, state: null })
  expect(read(`00-${traceId}-${spanId}-00`)).toMatchObject({ isSampled: false })
  expect(read(`cc-${traceId}-${spanId}-03-what-will-come`)).toMatchObject({ traceId, isSampled: true })
})

test('a trace that does not follow the rules is none, and a new one begins', () => {
  for (const traceparent of [
    '',
    'garbage',
    `ff-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-01-more`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${traceId}-${spanId}`,
  ]) {
    expect(callerContextOf({ traceparent })).toBeNull()
  }
})

test('what is passed on is read back, with the vendors’ part', () => {
  const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length - 1}}[1-9a-f]$`))
  fc.assert(
    fc.property(hex(32), hex(16), fc.option(fc.constantFrom('a=1', 'a=1,b=2')), (trace, span, state) => {
      const headers = contextHeaders({ traceId: trace, spanId: span, state })
      expect(callerContextOf(headers)).toEqual({ traceId: trace, spanId: span, isSampled: true, state })
    }),
  )
})
