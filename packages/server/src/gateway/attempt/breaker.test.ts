import { beforeEach, expect, test } from 'vitest'
import { createBreakers, type Breakers } from './breaker.ts'

const place = { credentialId: 'c1', provider: 'openai', model: 'gpt' }
let now: number
let breakers: Breakers
beforeEach(() => {
  now = 1_000_000
  breakers = createBreakers({ now: () => now })
})
const fail = (times: number) => {
  for (let time = 0; time < times; time++) breakers.tell(place, 'failed')
}
const stateOf = (model = 'gpt') => breakers.of().find((status) => status.model === model)?.state

test('five attempts with half of them failed open it, fewer do not', () => {
  fail(4)
  expect(breakers.waitMs(place)).toBe(0)
  fail(1)
  expect(breakers.waitMs(place)).toBe(15_000)
  expect(stateOf()).toBe('open')
})

test('failures among enough successes leave it closed', () => {
  for (let time = 0; time < 6; time++) breakers.tell(place, 'ok')
  fail(5)
  expect(breakers.waitMs(place)).toBe(0)
  fail(1)
  expect(breakers.waitMs(place)).toBeGreaterThan(0)
})

test('what failed more than 30 s ago is forgotten', () => {
  fail(4)
  now += 35_000
  fail(1)
  expect(breakers.waitMs(place)).toBe(0)
})

test('after 15 s one probe goes, and its end decides', () => {
  fail(5)
  now += 15_000
  expect(stateOf()).toBe('half-open')
  expect(breakers.waitMs(place)).toBe(0)
  expect(breakers.waitMs(place)).toBeGreaterThan(0)
  breakers.tell(place, 'ok')
  expect(stateOf()).toBe('closed')
  expect(breakers.waitMs(place)).toBe(0)
})

test('each probe that fails doubles the pause, up to five minutes', () => {
  fail(5)
  const pauses: number[] = []
  for (let probe = 0; probe < 7; probe++) {
    const pause = breakers.waitMs(place)
    pauses.push(pause)
    now += pause
    expect(breakers.waitMs(place)).toBe(0)
    breakers.tell(place, 'failed')
  }
  expect(pauses).toEqual([15_000, 30_000, 60_000, 120_000, 240_000, 300_000, 300_000])
})

test('a probe whose caller left makes room for another', () => {
  fail(5)
  now += 15_000
  expect(breakers.waitMs(place)).toBe(0)
  breakers.tell(place, 'unknown')
  expect(breakers.waitMs(place)).toBe(0)
})

test('a refused credential is left alone with all its models, and no other credential is', () => {
  breakers.tell(place, 'unauthorized')
  expect(breakers.waitMs({ ...place, model: 'other' })).toBe(15_000)
  expect(breakers.waitMs({ ...place, credentialId: 'c2' })).toBe(0)
  breakers.forget('c1')
  expect(breakers.waitMs(place)).toBe(0)
})

test('a credential that works again opens its models again', () => {
  breakers.tell(place, 'unauthorized')
  now += 15_000
  expect(breakers.waitMs(place)).toBe(0)
  breakers.tell(place, 'ok')
  expect(breakers.waitMs({ ...place, model: 'other' })).toBe(0)
})
