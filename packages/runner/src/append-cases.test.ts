import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAssayError } from '@assay/core'
import { temporaryDirectory } from '@assay/testkit'
import { expect, test } from 'vitest'
import { appendCases } from './append-cases.ts'
import { readSuiteFile } from './suite-file/suite-file.ts'

const made = `name: total
providers: [sim/smart]
tests:
  - id: total
    messages: [{ role: user, content: Read the invoice }]
    assert: [{ type: not-is-refusal }]
`

test('a case goes behind the others, whose comments stay; the first one begins the file', async () => {
  await using directory = await temporaryDirectory()
  const path = join(directory.path, 'assay.yaml')
  expect(await appendCases(path, made)).toEqual({ names: ['total'], isNew: true })
  const grown = '# ours\nname: ours\nproviders: [sim/echo]\ntests:\n  - input: first # kept\n'
  await writeFile(path, grown)
  expect(await appendCases(path, made)).toEqual({ names: ['total'], isNew: false })
  const text = await readFile(path, 'utf8')
  expect(text).toContain('# ours\n')
  expect(text).toContain('input: first # kept')
  const { suite } = await readSuiteFile(path)
  expect(suite.tests.map(({ id }) => id ?? null)).toEqual([null, 'total'])
  expect(suite.providers).toEqual(['sim/echo'])
})

test('what cannot be done leaves the file as it was, and says why', async () => {
  await using directory = await temporaryDirectory()
  const path = join(directory.path, 'assay.yaml')
  const refused = async (text: string): Promise<string> => {
    await writeFile(path, text)
    const error: unknown = await appendCases(path, made).catch((thrown: unknown) => thrown)
    expect(isAssayError(error)).toBe(true)
    expect(await readFile(path, 'utf8')).toBe(text)
    return (error as Error).message
  }
  expect(await refused(made)).toContain('total is there already')
  expect(await refused('providers: [sim/echo]\ntests: nonsense\n')).toContain('tests')
  expect(await refused('colour: red\n')).toContain('colour')
  expect(await readdir(directory.path)).toEqual(['assay.yaml'])
  const nowhere = join(directory.path, 'none', 'assay.yaml')
  await expect(appendCases(nowhere, made)).rejects.toThrow('folder')
})
