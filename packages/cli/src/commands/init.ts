import type { Command } from 'commander'
import { action, withExample } from '../action.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** `assay init`: a first suite that runs as it is. */
export const initCommand = (program: Command, terminal: Terminal): void => {
  withExample(
    program
      .command('init')
      .argument('[file]', 'Where to write it.', 'assay.yaml')
      .description('Write a commented suite that runs without a key.'),
    'assay init && assay test',
  ).action(
    action(terminal, async ({ out }, file: string) => {
      const [{ mkdir, writeFile }, path, { AssayError, suiteJsonSchema }] = await Promise.all([
        import('node:fs/promises'),
        import('node:path'),
        import('@assay/core'),
      ])
      try {
        await writeFile(file, firstSuite, { flag: 'wx' })
        // Beside the suite, so that editors complete and check it without a network.
        const schemaPath = path.join(path.dirname(file), SCHEMA_FILE)
        await mkdir(path.dirname(schemaPath), { recursive: true })
        await writeFile(schemaPath, `${JSON.stringify(suiteJsonSchema(), null, 2)}\n`)
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'EEXIST') throw new AssayError('suite.exists', { path: file }, { cause: error })
        if (code === 'ENOENT') {
          const reason = `The folder of ${file} does not exist.`
          throw new AssayError('usage.invalid', { reason }, { cause: error })
        }
        throw error
      }
      out.show({ file }, () => file)
      out.note(`Run it with \`assay test ${file}\`.`)
    }),
  )
}

/** Where a suite says its schema is, from its own folder. */
const SCHEMA_FILE = '.assay/assay.schema.json'

const firstSuite = `# yaml-language-server: $schema=${SCHEMA_FILE}
# A suite: what is asked, of which models, and what must hold of the answers.
# Run it with \`assay test\`; check it without calling a model with \`assay test --validate\`.
name: first suite
description: Runs on the built-in simulator, which needs no key.

# Models as provider/model. Replace the simulator by yours: openai/gpt-4o-mini, compatible/llama3 …
providers:
  - sim/echo

# The text sent to the model; {{name}} stands for a variable of the case.
prompts:
  - 'Greet {{name}} in {{language | default("English")}}.'

# What holds for every case.
defaultTest:
  assert:
    - type: latency
      threshold: 5000 # milliseconds

tests:
  - description: names the person
    vars: { name: Ada }
    assert:
      - type: contains
        value: '{{name}}'
      - type: not-contains
        value: error

  - description: names the language
    vars: { name: Grace, language: French }
    tags: [language]
    assert:
      - type: icontains-all
        value: grace, french
      - type: word-count
        value: { max: 50 }
`
