import { expect, test } from 'vitest'
import { retentionFor } from './bodies.ts'

test('a caller may ask for less than key or workspace grant, and never for more', () => {
  expect(retentionFor({ key: null, workspace: 'metadata', caller: null })).toBe('metadata')
  expect(retentionFor({ key: null, workspace: 'metadata', caller: 'full' })).toBe('metadata')
  expect(retentionFor({ key: 'full', workspace: 'metadata', caller: null })).toBe('full')
  expect(retentionFor({ key: 'full', workspace: 'none', caller: 'none' })).toBe('none')
  expect(retentionFor({ key: 'none', workspace: 'full', caller: 'full' })).toBe('none')
})
