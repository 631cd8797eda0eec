import { expect, test } from 'vitest'
import { keepRecent } from './recent.ts'

const workspace = (answers: (() => Promise<string>)[]) => {
  let reads = 0
  let now = 0
  const recent = keepRecent({ read: () => answers[reads++]!(), now: () => now })
  return { recent, reads: () => reads, wait: (milliseconds: number) => void (now += milliseconds) }
}

test('what was read holds for half a minute, and is read anew then or after a change', async () => {
  const { recent, reads, wait } = workspace(['a', 'b', 'c'].map((answer) => async () => answer))
  expect(await recent.of('w')).toBe('a')
  expect(recent.of('w')).toBe('a')
  wait(30_000)
  expect(await recent.of('w')).toBe('b')
  recent.forget('w')
  expect(await recent.of('w')).toBe('c')
  expect(reads()).toBe(3)
})

test('while it cannot be read the last known holds; where nothing is known the error is thrown', async () => {
  const failing = async (): Promise<string> => {
    throw new Error('away')
  }
  const { recent, wait } = workspace([failing, async () => 'a', failing])
  await expect(recent.of('w')).rejects.toThrow('away')
  expect(await recent.of('w')).toBe('a')
  wait(30_000)
  expect(await recent.of('w')).toBe('a')
})

test('what was read before a change is not kept after it', async () => {
  let answer: (text: string) => void = () => {}
  const late = () => new Promise<string>((resolve) => (answer = resolve))
  const { recent } = workspace([late, async () => 'new'])
  const first = recent.of('w')
  recent.forget('w')
  answer('old')
  expect(await first).toBe('old')
  expect(await recent.of('w')).toBe('new')
})
