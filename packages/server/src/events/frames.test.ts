import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { NumberedEvent } from './bus.ts'
import { createPacer, frameOf } from './frames.ts'

const notice = (number: number, id = String(number)): NumberedEvent => ({
  number,
  event: { topic: 'runs', type: 'test.executed', id, at: '2026-01-01T00:00:00.000Z', counters: {} },
})

beforeEach(() => void vi.useFakeTimers({ now: 0 }))
afterEach(() => void vi.useRealTimers())

const record = () => {
  const written: number[] = []
  const pacer = createPacer({ now: Date.now, write: ({ number }) => written.push(number) })
  return { written, pacer }
}

test('a frame has its id, its name and one line of data', () => {
  expect(frameOf(notice(7))).toMatch(/^id: 7\nevent: test\.executed\ndata: \{.*"id":"7".*\}\n\n$/)
})

test('at most ten frames a second leave, in order, and none is lost', () => {
  const { written, pacer } = record()
  for (let number = 1; number <= 25; number++) pacer.push(notice(number))
  expect(written).toHaveLength(10)
  vi.advanceTimersByTime(1_000)
  expect(written).toHaveLength(20)
  vi.advanceTimersByTime(1_000)
  expect(written).toEqual(Array.from({ length: 25 }, (_, index) => index + 1))
})

test('of a burst about one thing only the newest is told', () => {
  const { written, pacer } = record()
  for (let number = 1; number <= 10; number++) pacer.push(notice(number))
  for (let number = 11; number <= 500; number++) pacer.push(notice(number, 'the same'))
  vi.advanceTimersByTime(1_000)
  expect(written.slice(10)).toEqual([500])
})
