import { randomBytes } from 'node:crypto'
import { AssayError, mintGatewayKey, MINUTE_MS, openPolicy, SECOND_MS } from '@assay/core'
import { expect, test } from 'vitest'
import { createKeyCache, hashOfKey } from './key-cache.ts'
import type { KeyHolder } from '../parts.ts'

const keyOf = () => mintGatewayKey(randomBytes).key
const holderOf = (keyId: string): KeyHolder => ({
  ...openPolicy,
  keyId,
  limitsId: keyId,
  name: 'app',
  workspaceId: 'w',
  scopes: ['inference'],
})

const opened = (holders: Record<string, KeyHolder>) => {
  const clock = { now: 1_000_000 }
  const database = { queries: 0, isDown: false }
  const cache = createKeyCache({
    now: () => clock.now,
    lookUp: async (hash) => {
      database.queries++
      if (database.isDown) throw new Error('connection refused')
      return Object.entries(holders).find(([key]) => hashOfKey(key).equals(Buffer.from(hash)))?.[1] ?? null
    },
  })
  const codeOf = async (key: string): Promise<string> => {
    try {
      return (await cache.find(key)).keyId ?? 'operator'
    } catch (error) {
      return error instanceof AssayError ? error.code : String(error)
    }
  }
  return { clock, database, cache, codeOf }
}

test('a known key costs one query in 30 seconds, an unknown one too, and a misspelt one none', async () => {
  const [good, unknown] = [keyOf(), keyOf()]
  const { clock, database, codeOf } = opened({ [good]: holderOf('a') })
  for (let round = 0; round < 5; round++) {
    expect(await codeOf(good)).toBe('a')
    expect(await codeOf(unknown)).toBe('access.key_invalid')
    expect(await codeOf(`${good.slice(0, -1)}!`)).toBe('access.key_invalid')
    expect(await codeOf(hashOfKey(good).toString('hex'))).toBe('access.key_invalid')
  }
  expect(database.queries).toBe(2)
  clock.now += 31 * SECOND_MS
  await codeOf(good)
  expect(database.queries).toBe(3)
})

test('many askers at once share one query', async () => {
  const key = keyOf()
  const { database, codeOf } = opened({ [key]: holderOf('a') })
  await Promise.all(Array.from({ length: 20 }, () => codeOf(key)))
  expect(database.queries).toBe(1)
})

test('a key that was revoked is refused at once when told, and within 30 s when not', async () => {
  const key = keyOf()
  const holders: Record<string, KeyHolder> = { [key]: holderOf('a') }
  const { cache, codeOf, clock } = opened(holders)
  expect(await codeOf(key)).toBe('a')
  delete holders[key]
  expect(await codeOf(key)).toBe('a')
  cache.forget('a')
  expect(await codeOf(key)).toBe('access.key_invalid')
  holders[key] = holderOf('a')
  clock.now += 30 * SECOND_MS
  expect(await codeOf(key)).toBe('a')
})

test('a key that ends is refused from that moment, cached or not', async () => {
  const key = keyOf()
  const { clock, codeOf } = opened({ [key]: { ...holderOf('a'), expiresAt: new Date(1_005_000).toISOString() } })
  expect(await codeOf(key)).toBe('a')
  clock.now = 1_005_000
  expect(await codeOf(key)).toBe('access.key_expired')
})

test('without the database, known keys go on for 5 minutes and the others are 503, never 401', async () => {
  const [known, other] = [keyOf(), keyOf()]
  const { clock, database, codeOf } = opened({ [known]: holderOf('a') })
  await codeOf(known)
  database.isDown = true
  clock.now += 4 * MINUTE_MS
  expect(await codeOf(known)).toBe('a')
  expect(await codeOf(other)).toBe('gateway.store_unavailable')
  clock.now += 2 * MINUTE_MS
  expect(await codeOf(known)).toBe('gateway.store_unavailable')
  database.isDown = false
  expect(await codeOf(known)).toBe('a')
})

test('ten thousand keys are kept and no more', async () => {
  const key = keyOf()
  const { database, codeOf } = opened({ [key]: holderOf('a') })
  await codeOf(key)
  for (let count = 0; count < 10_000; count++) await codeOf(keyOf())
  await codeOf(key)
  expect(database.queries).toBe(10_002)
})
