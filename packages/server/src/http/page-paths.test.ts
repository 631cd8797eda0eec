import { expect, test } from 'vitest'
import { isPagePath, redirectOf } from './page-paths.ts'

test.each(['/', '/sign-in', '/w/local', '/w/local/overview', '/w/local/failures/0199c3f2'])('%s is a page', (path) => {
  expect(isPagePath(path)).toBe(true)
})

test.each([
  '/nowhere',
  '/w',
  '/w/local/nowhere',
  '/w/local/overview/a',
  '/w/local/failures/a/b',
  '/W/local',
  '/w/../etc',
])('%s is no page', (path) => {
  expect(isPagePath(path)).toBe(false)
})

test('an address that was kept leads to its page', () => {
  expect(isPagePath(redirectOf('/admin/testing')!)).toBe(true)
})
