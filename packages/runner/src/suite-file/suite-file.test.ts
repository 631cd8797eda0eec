import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findSuite } from '../find-suite.ts'
import { readSuiteFile } from './suite-file.ts'

let folder = ''
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'assay-suite-'))))
afterAll(() => rm(folder, { recursive: true }))

const read = async (name: string, text: string) => {
  const path = join(folder, name)
  await writeFile(path, text)
  return readSuiteFile(path)
}
const refusal = async (name: string, text: string): Promise<string> => {
  const error = await read(name, text).catch((thrown: Error) => thrown)
  expect(error).toMatchObject({ code: 'suite.invalid', exitCode: 2 })
  return (error as Error).message
}

test('a suite is read with its defaults', async () => {
  const { suite, dialect } = await read(
    'assay.yaml',
    'prompts: [Say {{a}}]\ntests:\n  - vars: { a: b }\n'.replace('[Say {{a}}]', "['Say {{a}}']"),
  )
  expect(suite).toMatchObject({ repeat: 1, tests: [{ vars: { a: 'b' }, assert: [] }] })
  expect(dialect).toBe('assay')
})

test('the name of the file decides the dialect', async () => {
  const { dialect } = await read('promptfooconfig.yaml', 'prompts: [hi]\nproviders: [echo]')
  expect(dialect).toBe('promptfoo')
})

test('each unknown key is named with its place and the key that was meant', async () => {
  const message = await refusal('keys.yaml', 'name: x\nredteam: {}\ntests:\n  - input: hi\n    asert: []\n')
  expect(message).toContain('keys.yaml:2:1: redteam: unknown key')
  expect(message).toContain('keys.yaml:5:5: tests[0].asert: unknown key; did you mean assert?')
})

test('JSON has places too', async () => {
  const message = await refusal('keys.json', '{\n  "tests": [\n    { "input": "hi",\n      "asert": [] }\n  ]\n}')
  expect(message).toContain('keys.json:4:7: tests[0].asert: unknown key; did you mean assert?')
  expect(await refusal('broken.json', '{\n  "tests": [,]\n}')).toContain('broken.json:2:13: ')
})

test('a doubled id, a doubled key and a wrong value are named where they stand', async () => {
  const ids = 'tests:\n  - id: a\n    input: x\n  - id: a\n    input: y\n'
  expect(await refusal('ids.yaml', ids)).toBe('ids.yaml:4:5: tests[1].id: the id a is already that of tests[0]')
  expect(await refusal('double.yaml', 'name: a\nname: b\ntests: [{ input: x }]')).toMatch(/^double\.yaml:2:1: .*unique/)
  expect(await refusal('type.yaml', 'tests:\n  - input: 5\n')).toMatch(/^type\.yaml:2:5: tests\[0\]\.input: /)
})

test('a wrong assertion stands with its place', async () => {
  const text = 'tests:\n  - input: x\n    assert:\n      - type: contain\n        value: x\n'
  expect(await refusal('assert.yaml', text)).toMatch(
    /^assert\.yaml:4:9: tests\[0\]\.assert\[0\]: Unknown assertion type: contain/,
  )
})

test('a template without quotes is named as that, and what follows from it is a count', async () => {
  const cases = '  - vars: { name: Ada }\n    assert: [{ type: contains, value: {{name}} }]\n'.repeat(20)
  const message = await refusal(
    'bare.yaml',
    `name: x\nprompts:\n  - {{greeting}} {{name}}, well: you\ntests:\n${cases}`,
  )
  const lines = message.split('\n')
  expect(lines[0]).toBe("bare.yaml:3:5: a text that begins with {{ needs quotes: '{{name}}'")
  expect(lines).toHaveLength(5)
  expect(lines[4]).toMatch(/^bare\.yaml: \d+ more that may follow from these$/)
  // What is a map in a map to YAML, and no error.
  expect(await refusal('map.yaml', 'tests:\n  - vars: { a: {{b}} }\n')).toBe(
    "map.yaml:2:17: a text that begins with {{ needs quotes: '{{name}}'",
  )
  expect(await refusal('key.yaml', 'tests:\n  - vars: { [a, b]: c }\n')).toContain('key.yaml:2:13: a key is a text')
})

test('a suite without cases, and one that asks nothing, are refused', async () => {
  expect(await refusal('none.yaml', 'tests: []')).toContain('none.yaml:1:1: tests: ')
  expect(await refusal('nothing.yaml', 'tests:\n  - vars: {}\n')).toContain('nothing to ask')
})

test('a YAML bomb and bottomless nesting are refused in no time', async () => {
  const lines = ['name: x', 'a0: &a0 [x, x]']
  for (let level = 1; level < 60; level++) lines.push(`a${level}: &a${level} [*a${level - 1}, *a${level - 1}]`)
  const startedAt = performance.now()
  expect(await refusal('bomb.yaml', lines.join('\n'))).toMatch(/aliases/)
  expect(await refusal('deep.yaml', `tests: ${'['.repeat(500)}${']'.repeat(500)}`)).toMatch(/deeper than 64/)
  expect(await refusal('deep.json', `{"tests": ${'['.repeat(5_000)}${']'.repeat(5_000)}}`)).toMatch(/deeper than 64/)
  expect(performance.now() - startedAt).toBeLessThan(5_000)
})

test('a file of more than 10 MiB is not read', async () => {
  await expect(read('large.yaml', `# ${'x'.repeat(11 * 1024 * 1024)}`)).rejects.toMatchObject({
    code: 'input.too_large',
  })
})

test('a suite that is not there is named', async () => {
  await expect(readSuiteFile(join(folder, 'gone.yaml'))).rejects.toMatchObject({ code: 'suite.not_found' })
  await expect(findSuite('gone', folder)).rejects.toMatchObject({ code: 'suite.not_found', details: { path: 'gone' } })
})

test('a folder means the suite in it', async () => {
  await read('assay.yaml', 'tests: [{ input: hi }]')
  expect(await findSuite('.', folder)).toBe(join(folder, 'assay.yaml'))
  expect(await findSuite(undefined, join(folder))).toBe(join(folder, 'assay.yaml'))
})
