import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ChatMessage } from '../gateway/chat.ts'
import { scoreComplexity } from './complexity.ts'

const user = (content: string): ChatMessage => ({ role: 'user', content })
const scoreOf = (...messages: ChatMessage[]) => scoreComplexity({ messages })

test.each([
  ['What is Python?', 'simple'],
  ['Explain quantum computing', 'simple'],
  ['Write a function to calculate fibonacci', 'medium'],
  ['Design a microservices architecture', 'complex'],
])('"%s" is %s', (prompt, complexity) => {
  expect(scoreOf(user(prompt)).complexity).toBe(complexity)
})

test('the empty prompt is simple with score 0', () => {
  expect(scoreOf(user(''))).toMatchObject({ score: 0, complexity: 'simple', contributions: [] })
  expect(scoreOf({ role: 'system', content: 'Be brief.' })).toMatchObject({ score: 0, complexity: 'simple' })
})

const word = fc.oneof(
  fc.stringMatching(/^[!-~]{1,12}$/),
  fc.constantFrom(
    'please',
    'design',
    'write',
    'then',
    'exactly',
    '3.14',
    '1.',
    '- item',
    '```',
    'x = y',
    '?',
    '\n',
    'step',
  ),
)

test('appended words never lower the score', () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 60 }), fc.array(word, { maxLength: 30 }), (begin, more) => {
      const shorter = scoreOf(user(begin.join(' '))).score
      const longer = scoreOf(user([...begin, ...more].join(' '))).score
      expect(longer).toBeGreaterThanOrEqual(shorter)
    }),
    { numRuns: 500 },
  )
})

test('the contributions sum to the score, which stays within 0 and 1', () => {
  fc.assert(
    fc.property(fc.array(word, { maxLength: 400 }), (words) => {
      const { score, contributions } = scoreOf(user(words.join(' ')))
      expect(score).toBeCloseTo(
        Math.min(
          1,
          contributions.reduce((sum, { points }) => sum + points, 0),
        ),
        12,
      )
      expect(score).toBeGreaterThanOrEqual(0)
      expect(score).toBeLessThanOrEqual(1)
    }),
  )
})

test('earlier user messages count a quarter of their words', () => {
  const long = 'word '.repeat(80)
  const [alone, before, same] = [scoreOf(user('hello')), scoreOf(user(long), user('hello')), scoreOf(user(long))]
  expect(before.score).toBeGreaterThan(alone.score)
  expect(before.score).toBeLessThan(same.score)
})

test('a title that a chat client asks for by itself is housekeeping', () => {
  const system: ChatMessage = { role: 'system', content: 'Generate a concise title for this chat in 5 words.' }
  expect(scoreOf(system, user('Design a microservices architecture'))).toMatchObject({
    complexity: 'simple',
    reason: 'housekeeping',
  })
})

test('100 KB of hostile text is scored as fast as a page', () => {
  const started = performance.now()
  for (const unit of ['a', ' ', '\n- ', 'please ', '1.', '?', '(((', 'generate title '])
    scoreOf(user(unit.repeat(100_000 / unit.length)))
  expect(performance.now() - started).toBeLessThan(1_000)
})
