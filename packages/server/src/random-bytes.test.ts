import { expect, test } from 'vitest'
import { pooledRandomBytes } from './random-bytes.ts'

test('no bytes are given out twice, whatever sizes are asked for', () => {
  const randomBytes = pooledRandomBytes()
  const seen = new Set<string>()
  for (let index = 0; index < 5_000; index++) seen.add(Buffer.from(randomBytes(16)).toString('hex'))
  expect(seen.size).toBe(5_000)
  expect(randomBytes(20_000)).toHaveLength(20_000)
})

test('what one caller writes into its bytes reaches nobody else', () => {
  const randomBytes = pooledRandomBytes()
  const first = randomBytes(16)
  const second = Buffer.from(randomBytes(16))
  const before = second.toString('hex')
  first.fill(0)
  expect(second.toString('hex')).toBe(before)
})
