import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createLines, type Turn } from './lines.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Those who stand in one line, with what becomes of each. */
const stand = () => {
  const lines = createLines({ now: Date.now })
  const went: number[] = []
  const over: number[] = []
  const turns = new Map<number, Turn>()
  const join = (name: number, more: { number?: number; pauseMs?: number; waitMs?: number } = {}) => {
    const { waitMs = 30_000, ...rest } = more
    return lines.join('one', {
      ...rest,
      untilMs: Date.now() + waitMs,
      onTurn: (turn) => {
        went.push(name)
        turns.set(name, turn)
      },
      onOver: () => void over.push(name),
    })
  }
  return { lines, went, over, turns, join }
}

test('nobody goes before the pause is over, then one, then as many as go through and as many again', () => {
  const { went, turns, join, lines } = stand()
  join(1, { pauseMs: 1_000 })
  for (const name of [2, 3, 4, 5, 6, 7]) join(name)
  vi.advanceTimersByTime(999)
  expect(went).toEqual([])
  vi.advanceTimersByTime(1)
  expect(went).toEqual([1])
  turns.get(1)!.passed()
  expect(went).toEqual([1, 2, 3])
  turns.get(2)!.passed()
  expect(went).toEqual([1, 2, 3, 4, 5, 6])
  expect(lines.waiting()).toBe(1)
})

test('whoever is refused comes back to the front, and stops those behind', () => {
  const { went, turns, join } = stand()
  const place = join(1, { pauseMs: 1_000 })!
  join(2)
  join(3)
  vi.advanceTimersByTime(1_000)
  join(1, { number: place.number, pauseMs: 2_000 })
  turns.get(1)!.refused(2_000)
  vi.advanceTimersByTime(1_999)
  expect(went).toEqual([1])
  vi.advanceTimersByTime(1)
  expect(went).toEqual([1, 1])
  turns.get(1)!.passed()
  expect(went).toEqual([1, 1, 2, 3])
})

test('one who leaves and one whose time is up make way', () => {
  const { went, over, join, lines } = stand()
  const place = join(1, { pauseMs: 1_000 })!
  join(2, { waitMs: 1_500, pauseMs: 1_200 })
  join(3, { waitMs: 1_300 })
  place.leave()
  expect(lines.waiting()).toBe(2)
  vi.advanceTimersByTime(1_199)
  expect(went).toEqual([])
  vi.advanceTimersByTime(1)
  expect(went).toEqual([2])
  vi.advanceTimersByTime(100)
  expect(over).toEqual([3])
  expect(lines.waiting()).toBe(0)
})

test('a hundred may wait, and nobody in vain', () => {
  const { join, lines } = stand()
  for (let name = 0; name < 100; name++) expect(join(name, { pauseMs: 1_000 })).not.toBeNull()
  expect(join(100)).toBeNull()
  expect(lines.waiting()).toBe(100)
  expect(stand().join(1, { pauseMs: 2_000, waitMs: 1_999 })).toBeNull()
})

test('a line is forgotten with the last who stood in it, and a nudge lets the first try at once', () => {
  const { went, turns, join, lines } = stand()
  join(1, { pauseMs: 5_000 })
  lines.nudge('one')
  expect(went).toEqual([1])
  expect(lines.isBusy('one')).toBe(true)
  turns.get(1)!.dropped()
  turns.get(1)!.dropped()
  expect(lines.isBusy('one')).toBe(false)
})
