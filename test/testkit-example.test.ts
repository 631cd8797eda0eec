import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startVitest } from 'vitest/node'

/** The files that `docs/testkit.md` shows, by the names in their first lines. */
const shownFiles = async (): Promise<[name: string, text: string][]> => {
  const page = await readFile('docs/testkit.md', 'utf8')
  const blocks = page.matchAll(/```ts\n\/\/ (\S+\.ts)\n([^]*?)```/g)
  return [...blocks].map(([, name = '', text = '']) => [name, text])
}

test('the example of docs/testkit.md runs as it stands', async () => {
  // Within the repository, where the names of the packages resolve.
  const folder = join(import.meta.dirname, `.example-${process.pid}`)
  await mkdir(folder)
  try {
    for (const [name, text] of await shownFiles()) await writeFile(join(folder, name), text)
    const conditions = ['assay-source']
    const vitest = await startVitest(
      'test',
      [],
      {
        config: false,
        watch: false,
        reporters: [{}],
        root: folder,
        include: ['*.test.ts'],
        execArgv: ['-C', 'assay-source'],
      },
      { resolve: { conditions }, ssr: { resolve: { conditions } } },
    )
    const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()])
    const errors = tests.flatMap((one) => one.result().errors ?? []).map(({ message }) => message)
    await vitest.close()
    expect(errors).toEqual([])
    expect(tests.map((one) => [one.fullName, one.result().state])).toEqual([
      ['support replies > Greet Ada in one sentence, kindly.', 'passed'],
      ['support replies > Greet Grace in one sentence, formally.', 'passed'],
      ['the overload was waited for', 'passed'],
      ['a value of your own', 'passed'],
    ])
  } finally {
    process.exitCode = 0
    await rm(folder, { recursive: true })
  }
})
