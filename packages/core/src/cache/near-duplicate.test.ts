import { expect, test } from 'vitest'
import type { ChatRequest } from '../gateway/chat.ts'
import type { CachePlace } from './key.ts'
import { isNear, measuredOf, nearnessOf, saysTheSame, upperBoundOf } from './near-duplicate.ts'

const place: CachePlace = {
  workspaceId: '01920000-0000-7000-8000-000000000001',
  provider: 'openai',
  baseUrl: '',
  credentialOwner: 'own',
  credentialOptions: {},
  model: 'gpt-4o',
  packageVersion: null,
  userHash: null,
}
const long =
  'please tell me in a few plain words how one makes a good strong cup of coffee with a paper filter at home '
const asked = (content: string, changes: Partial<ChatRequest> = {}) =>
  nearnessOf(place, { model: 'x', temperature: 0, messages: [{ role: 'user', content }], ...changes })
const areNear = (a: ReturnType<typeof asked>, b: ReturnType<typeof asked>): boolean =>
  a !== null && b !== null && a.nearKey === b.nearKey && isNear(a.signature, b.signature)

test('the same words with another end are near; another number, negation or name is another question', () => {
  const kept = asked(`${long.repeat(3)}thanks`)
  expect(areNear(kept, asked(`${long.repeat(3)}thanks!`))).toBe(true)
  expect(areNear(kept, asked(`${long.repeat(3)}thanks 2`))).toBe(false)
  expect(areNear(kept, asked(`${long.repeat(3)}not thanks`))).toBe(false)
  expect(areNear(kept, asked(`${long.repeat(3)}thanks Ada`))).toBe(false)
  expect(areNear(kept, asked('something else entirely, about tea'))).toBe(false)
})

test('another system prompt, tool or model is another question, and several turns are none of these', () => {
  const text = long.repeat(2)
  const system = { role: 'system' as const, content: 'Be brief.' }
  const user = { role: 'user' as const, content: text }
  expect(areNear(asked(text), asked(text, { messages: [system, user] }))).toBe(false)
  expect(areNear(asked(text), asked(text, { tools: [{ type: 'function' }] }))).toBe(false)
  expect(areNear(asked(text), asked(text, { max_tokens: 5 }))).toBe(false)
  expect(asked(text, { messages: [user, { role: 'assistant', content: 'yes' }, user] })).toBeNull()
  expect(asked(text, { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] })).toBeNull()
})

test('the upper bound is the exact one: 598 good comparisons allow serving, 597 do not', () => {
  // R: qbeta(0.95, k + 1, n - k)
  expect(upperBoundOf(0, 598)).toBeCloseTo(0.004997, 6)
  expect(upperBoundOf(1, 100)).toBeCloseTo(0.046558, 5)
  expect(upperBoundOf(5, 1_000)).toBeCloseTo(0.010482, 5)
  expect(upperBoundOf(0, 0)).toBe(1)
  expect(upperBoundOf(3, 3)).toBe(1)
  expect(measuredOf('serve', { candidates: 600, measured: 598, falseHits: 0 }).isServing).toBe(true)
  expect(measuredOf('serve', { candidates: 600, measured: 597, falseHits: 0 }).isServing).toBe(false)
  expect(measuredOf('suggest', { candidates: 600, measured: 598, falseHits: 0 }).isServing).toBe(false)
  expect(measuredOf('serve', { candidates: 2_000, measured: 1_000, falseHits: 1 }).isServing).toBe(true)
  expect(measuredOf('serve', { candidates: 2_000, measured: 900, falseHits: 1 }).isServing).toBe(false)
})

test('two answers say the same when their words are alike and numbers, negations and names equal', () => {
  expect(saysTheSame('The total is 12 EUR.\r\n', 'The total is 12 EUR.')).toBe(true)
  expect(saysTheSame('The total is 12 EUR.', 'The total is 13 EUR.')).toBe(false)
  expect(saysTheSame('It is possible.', 'It is not possible.')).toBe(false)
  expect(saysTheSame('Ask Ada about it.', 'Ask Bob about it.')).toBe(false)
})
