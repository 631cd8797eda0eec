import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { references } from '../scripts/docs.ts'

test.each(Object.entries(references()))('%s says what the code says (`npm run docs` writes it)', (path, text) => {
  expect(readFileSync(path, 'utf8')).toBe(text)
})
