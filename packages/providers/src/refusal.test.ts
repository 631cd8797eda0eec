import { expect, test } from 'vitest'
import { readRefusal } from './refusal.ts'

test.each(['<', '<script', '<script>', '<style ', '< '])('an error page of nothing but %j is read at once', (piece) => {
  const page = piece.repeat(64 * 1024)
  const started = performance.now()
  readRefusal(502, page)
  expect(performance.now() - started).toBeLessThan(100)
})

test('an error page is quoted by its words', () => {
  const page = '<html><head><style>a { b: c }</style><script>go("</b>")</script></head><h1>Bad\n gateway</h1>'
  expect(readRefusal(502, page).message).toBe('Bad gateway')
})
