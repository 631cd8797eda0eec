import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runAssay, temporaryDirectory } from '@assay/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
beforeAll(async () => {
  directory = await temporaryDirectory()
  const tests = [{ id: 'a', input: 'hello' }]
  await writeFile(join(directory.path, 'assay.json'), JSON.stringify({ tests }))
  await writeFile(join(directory.path, 'pass.json'), JSON.stringify({ passAt: '3/5', tests }))
  await writeFile(
    join(directory.path, 'both.json'),
    JSON.stringify({ tests: [{ ...tests[0], repeat: 4, passAt: '3/5' }] }),
  )
})
afterAll(() => directory[Symbol.asyncDispose]())

test.each([
  [['assay.json', '--repeat', '4', '--pass-at', '3/5'], /--repeat 4 and --pass-at 3\/5 contradict/, /--repeat 5/],
  [['pass.json', '--repeat', '4'], /--repeat 4 and `passAt: 3\/5` of the suite contradict/, /--repeat 5/],
  [['both.json'], /tests\[0\]\.repeat: 4 contradicts passAt 3\/5/, /./],
  [['assay.json', '--verify'], /publishes none/, /--upload/],
  [['@ada/greeter'], /@ada\/greeter is the name of a package/, /file or the folder/],
  [['assay.json', '-m', 'mesh:llama'], /mesh:llama is a model of a mesh/, /OPENAI_BASE_URL/],
])('assay test %j is refused with 2, in a sentence, with the way out', async (words, said, hint) => {
  const { exitCode, stdout, stderr } = await runAssay(['test', ...words], { cwd: directory.path })
  expect(stderr).toMatch(said)
  expect(stderr).toMatch(hint)
  expect(exitCode).toBe(2)
  expect(stdout).toBe('')
})

test('--repeat with as many as --pass-at says the same twice, and is taken', async () => {
  const words = ['test', 'assay.json', '-m', 'sim/echo', '--repeat', '5', '--pass-at', '3/5', '--json']
  const { exitCode, stdout } = await runAssay(words, { cwd: directory.path })
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout.trimEnd().split('\n').at(-1)!)).toMatchObject({ totals: { total: 3 }, savedRepeats: 2 })
})
