import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeFolders } from './make-folders.ts'

const folder = mkdtempSync(join(tmpdir(), 'assay-folders-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a directory is made with those above it, and once more is no mistake', () => {
  const deep = join(folder, 'a', 'b', 'c')
  makeFolders(deep)
  expect(() => makeFolders(deep)).not.toThrow()
})

test('a file in the way is named, and a place that takes no names ends in an error instead of a hang', () => {
  const file = join(folder, 'file')
  writeFileSync(file, '')
  expect(() => makeFolders(join(file, 'data'))).toThrow(`The directory ${file} cannot be made: it is not a directory`)
  const refusing = process.platform === 'linux' ? '/proc/assay' : join(file, 'assay')
  expect(() => makeFolders(join(refusing, 'data'))).toThrow('cannot be made')
})
