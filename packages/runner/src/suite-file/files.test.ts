import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expandSuite, isAssayError } from '@assay/core'
import { temporaryDirectory } from '@assay/testkit'
import { expect, test } from 'vitest'
import { readSuiteFile, type ReadSuiteOptions } from './suite-file.ts'

/** Reads the first of some files, the others beside it. */
const read = async (files: Record<string, string>, options: ReadSuiteOptions = {}) => {
  await using directory = await temporaryDirectory()
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory.path, name)), { recursive: true })
    await writeFile(join(directory.path, name), text)
  }
  return await readSuiteFile(join(directory.path, Object.keys(files)[0]!), options)
}

const planned = async (files: Record<string, string>, options: ReadSuiteOptions = {}) => {
  const { suite } = await read(files, options)
  const expansion = expandSuite(suite, { models: ['m'], sha256: (text) => text })
  return [...expansion]
}

const refusal = async (files: Record<string, string>): Promise<string> => {
  const error: unknown = await read(files).catch((thrown: unknown) => thrown)
  expect(isAssayError(error) && [error.code, error.exitCode]).toEqual(['suite.invalid', 2])
  return (error as Error).message
}

const csv = `question,__expected,__expected2,__description
"What is 2 + 2?",4,"contains-any:four,4",adds
"Say ""hi""",icontains:HI,,greets
`

test('a table holds a case in each line, with its expectations and their names', async () => {
  const cases = await planned({
    'assay.yaml': "prompts: ['{{question}}']\ntests: file://cases.csv\n",
    'cases.csv': csv,
  })
  expect(cases).toMatchObject([
    {
      title: 'adds',
      input: 'What is 2 + 2?',
      assertions: [
        { type: 'equals', value: '4' },
        { type: 'contains-any', value: ['four', '4'] },
      ],
    },
    { title: 'greets', input: 'Say "hi"', assertions: [{ type: 'icontains', value: 'HI' }] },
  ])
})

test('cases come from lines of JSON, from YAML and from every file of a pattern, between those of the suite itself', async () => {
  const cases = await planned({
    'assay.yaml': 'tests:\n  - input: first\n  - file://more/*.yaml\n  - file://lines.jsonl\n  - input: last\n',
    'more/a.yaml': '- input: a1\n- input: a2\n',
    'more/b.yaml': 'input: b\n',
    'lines.jsonl': '{"input":"l1"}\n\n{"input":"l2"}\n',
  })
  expect(cases.map(({ input }) => input)).toEqual(['first', 'a1', 'a2', 'b', 'l1', 'l2', 'last'])
})

test('what is wrong in a file that the suite names is told with its name and line', async () => {
  const files = { 'assay.yaml': 'tests: file://cases.yaml\n', 'cases.yaml': '- input: a\n- input: b\n  asert: []\n' }
  expect(await refusal(files)).toMatch(/asert: unknown key; did you mean assert\? \(in cases\.yaml, line 3\)/)
  expect(await refusal({ 'assay.yaml': 'tests: file://x.csv\n', 'x.csv': 'a,a\n1,2\n' })).toMatch(
    /two columns are called a/,
  )
  expect(await refusal({ 'assay.yaml': 'tests: file://l.jsonl\n', 'l.jsonl': '{}\n{' })).toMatch(
    /l\.jsonl: line 2 is no JSON/,
  )
  expect(await refusal({ 'assay.yaml': 'tests: file://gone.csv\n' })).toMatch(
    /^assay\.yaml:1:1: tests: there is no file gone\.csv/,
  )
})

test('a suite reads nothing outside of its folder, also not through a link', async () => {
  await using directory = await temporaryDirectory()
  const secret = join(directory.path, 'secret.txt')
  await writeFile(secret, 'top secret')
  const folder = join(directory.path, 'suite')
  await mkdir(folder)
  await symlink(secret, join(folder, 'link.txt'))
  for (const name of ['../secret.txt', 'link.txt', secret]) {
    const path = join(folder, 'assay.yaml')
    await writeFile(path, JSON.stringify({ prompts: [`file://${name}`], tests: [{}] }))
    const error = await readSuiteFile(path).catch((thrown: Error) => thrown)
    expect(error).toMatchObject({ code: 'suite.invalid', message: expect.stringMatching(/outside|absolute/) as string })
  }
})

const promptfooConfig = `
description: Example
prompts:
  - 'Translate to {{language}}: {{text}}'
  - file://chat.json
providers:
  - openai:gpt-4o-mini
  - id: anthropic:messages:claude-3-5-haiku-latest
    label: haiku
    config: { temperature: 0.5, max_tokens: 64 }
defaultTest:
  assert:
    - $ref: '#/assertionTemplates/short'
assertionTemplates:
  short: { type: javascript, value: output.length < 100 }
tests:
  - vars: { language: [French, German], text: hello }
    assert:
      - type: icontains
        value: bonjour
        weight: 2
      - type: assert-set
        threshold: 0.5
        assert:
          - { type: contains, value: a }
          - { type: not-contains, value: b, metric: clean }
  - file://more.csv
evaluateOptions: { maxConcurrency: 2 }
outputPath: out.json
`
const promptfooFiles = {
  'promptfooconfig.yaml': promptfooConfig,
  'chat.json': '[{"role":"system","content":"You speak {{language}}"},{"role":"user","content":"{{text}}"}]',
  'more.csv': 'language,text,__expected\nItalian,bye,icontains: ciao\n',
}

test("a configuration of promptfoo's is run as it stands: lists are combined, chats are chats, templates are resolved", async () => {
  const { suite, dialect } = await read(promptfooFiles)
  expect(dialect).toBe('promptfoo')
  expect(suite.providers).toMatchObject([
    'openai/gpt-4o-mini',
    { id: 'anthropic/claude-3-5-haiku-latest', label: 'haiku', config: { temperature: 0.5, max_tokens: 64 } },
  ])
  const cases = await planned(promptfooFiles)
  expect(cases.map(({ messages }) => messages.map(({ content }) => content))).toEqual([
    ['Translate to French: hello'],
    ['You speak French', 'hello'],
    ['Translate to German: hello'],
    ['You speak German', 'hello'],
    ['Translate to Italian: bye'],
    ['You speak Italian', 'bye'],
  ])
  expect(cases[0]!.assertions.map(({ type, assert }) => [type, assert?.length])).toEqual([
    ['javascript', undefined],
    ['icontains', undefined],
    ['assert-set', 2],
  ])
})

test('what is not supported is named with line and column, all of it, and can be left out knowingly', async () => {
  const files = {
    'promptfooconfig.yaml': `prompts: ['{{x}}']
providers: [openai:gpt-4o, python:run.py]
redteam: { purpose: x }
tests:
  - vars: { x: 1 }
    options: { storeOutputAs: y, prefix: 'p' }
`,
  }
  const message = await refusal(files)
  expect(message).toMatch(/promptfooconfig\.yaml:3:1: redteam: is not supported/)
  expect(message).toMatch(
    /promptfooconfig\.yaml:2:\d+: providers\[1\]: python:run\.py is a provider that is not supported/,
  )
  expect(message).toMatch(/promptfooconfig\.yaml:6:\d+: tests\[0\]\.options\.prefix: is not supported/)
  const { suite, ignored } = await read(files, { ignoreUnsupported: true })
  expect(suite.providers).toEqual(['openai/gpt-4o'])
  expect(ignored.map(({ path }) => path)).toEqual(['redteam', 'providers[1]', 'tests[0].options.prefix'])
})

test('an assertion of promptfoo that is missing here is named beside what else is, and left out where that is asked', async () => {
  const files = {
    'promptfooconfig.yaml': `prompts: ['{{x}}']
providers: [openai:gpt-4o, python:run.py]
tests:
  - vars: { x: 1 }
    assert:
      - { type: python, value: 'len(output) > 1' }
      - { type: not-webhook, value: 'http://127.0.0.1:9' }
      - { type: contains, value: '1' }
`,
  }
  const message = await refusal(files)
  expect(message).toContain('providers[1]: python:run.py is a provider that is not supported')
  expect(message).toContain(
    'promptfooconfig.yaml:6:9: tests[0].assert[0]: python is an assertion that is not supported',
  )
  expect(message).toContain('tests[0].assert[1]: not-webhook is an assertion that is not supported')
  const { suite, ignored } = await read(files, { ignoreUnsupported: true })
  expect(suite.tests[0]!.assert.map(({ type }) => type)).toEqual(['contains'])
  expect(ignored).toHaveLength(3)
})

test('an assertion in a file is code that is called, data or a text', async () => {
  const [one] = await planned({
    'assay.yaml': `tests:
  - input: x
    assert:
      - { type: javascript, value: 'file://check.mjs' }
      - { type: is-json, value: 'file://shape.yaml' }
      - { type: equals, value: 'file://answer.txt' }
`,
    'check.mjs': 'export default (output, context) => output.length > 0\n',
    'shape.yaml': 'type: object\n',
    'answer.txt': 'forty-two\n',
  })
  expect(one!.assertions).toMatchObject([
    { value: expect.stringContaining('exported(output, context)') as string },
    { value: { type: 'object' } },
    { value: 'forty-two' },
  ])
})

test("a package's manifest makes its prompt of its sections, and holds an expected output to being contained", async () => {
  const manifest = {
    name: '@me/reviewer',
    version: '1.0.0',
    format: 'claude',
    sections: [
      { title: 'Role', text: 'You review code and say what is wrong with it, kindly and exactly.' },
      { title: 'Rules', items: ['be short', 'be right'] },
    ],
    tests: ['file://cases.json'],
  }
  const [one] = await planned({
    'prpm.json': JSON.stringify(manifest),
    'cases.json': JSON.stringify([{ title: 'finds it', input: 'x = = 1', expected_output: 'Syntax' }]),
  })
  expect(one).toMatchObject({ title: 'finds it', assertions: [{ type: 'contains', value: 'Syntax' }] })
  expect(one!.messages[0]!.content).toBe(
    '## Role\n\nYou review code and say what is wrong with it, kindly and exactly.\n\n## Rules\n\n- be short\n- be right',
  )
  const [bare] = await planned({
    'prpm.json': JSON.stringify(manifest),
    'cases.json': JSON.stringify([{ input: 'x', assert: [{ value: 'Syntax' }] }]),
  })
  expect(bare).toMatchObject({ assertions: [{ type: 'contains', value: 'Syntax' }] })
  const short = { ...manifest, sections: [{ title: 'x' }] }
  expect(await refusal({ 'prpm.json': JSON.stringify(short), 'cases.json': '[]' })).toMatch(/fewer than 50/)
})

test('a suite may be a module, whatever it exports is checked like any other', async () => {
  const suite = "export default { name: 'm', prompts: ['{{x}}'], tests: [{ vars: { x: 'from code' } }] }\n"
  expect((await planned({ 'greets.eval.mjs': suite }))[0]).toMatchObject({ input: 'from code' })
  expect(await refusal({ 'bad.eval.mjs': "export default { tests: 'none' }\n" })).toMatch(/bad\.eval\.mjs/)
  expect(await refusal({ 'broken.eval.mjs': 'export default {\n' })).toMatch(/cannot be loaded/)
})

test('what is wrong with the plugins of a suite is told where it stands', async () => {
  const refused = (mcp: unknown, one: object = {}) =>
    refusal({ 'assay.yaml': JSON.stringify({ mcp, tests: [{ input: 'a', ...one }] }) })
  expect(await refused({ x: { command: 'a', url: 'http://b' } })).toMatch(/mcp\.x: needs either a command or a url/)
  expect(await refused({ x: { command: 'a', env: { NODE_OPTIONS: '-r evil' } } })).toMatch(
    /assay\.yaml:1:\d+: mcp\.x\.env\.NODE_OPTIONS: NODE_OPTIONS is refused: it makes Node load other code/,
  )
  expect(await refused({ x: { command: 'a', env: ['LD_PRELOAD'] } })).toMatch(/LD_PRELOAD is refused/)
  expect(await refused({ x: { comand: 'a' } })).toMatch(/mcp\.x\.comand: unknown key; did you mean command\?/)
  expect(await refused('filesystem')).toMatch(/mcp: expected array, received string; or expected record/)
  expect(await refused([], { faults: [{ tool: 'read' }] })).toMatch(
    /tests\[0\]\.faults\[0\]: needs delayMs, error or body/,
  )
})
