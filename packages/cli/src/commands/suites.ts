import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Command } from 'commander'
import type { Client } from '@assay/client'
import { AssayError, type Dialect } from '@assay/core'
import { apiAction, withExample } from '../action.ts'
import { resolveId } from '../ids.ts'
import { type ListOptions, readPages, withLimit } from '../pages.ts'
import type { Terminal } from '../terminal/terminal.ts'

type PushOptions = { name?: string; dialect?: Dialect }

/** `assay suites`: the suites that the server keeps and can run. */
export const suitesCommand = (program: Command, terminal: Terminal): void => {
  const suites = program.command('suites').description('See and change the suites that the server keeps.')

  withExample(
    withLimit(
      suites
        .command('list')
        .description('List the suites, the last changed first.')
        .option('--text <text>', 'Those with this in their name.'),
    ),
    'assay suites list',
  ).action(
    apiAction(terminal, async ({ connect, out }, options: ListOptions & { text?: string }) => {
      const { client } = await connect()
      const { suiteTable } = await import('../print/runs.ts')
      const { text } = options
      const rows = await readPages(options, (page) => client.listSuites({ query: { ...(text && { text }), ...page } }))
      out.list(
        rows,
        () => suiteTable(rows, { out, now: terminal.now() }),
        'There is no suite. Send one: assay suites push',
      )
    }),
  )

  withExample(
    suites
      .command('show')
      .argument('<suite>', 'Name, id, or the beginning of it.')
      .description('Print the text of a suite.'),
    'assay suites show capitals',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const suite = await client.getSuite({ params: { id: await suiteId(client, written) } })
      out.show(suite, ({ source }) => source)
    }),
  )

  withExample(
    suites
      .command('push')
      .argument(
        '[suite]',
        'File or folder; without it assay.yaml, promptfooconfig.yaml or prpm.json, upwards from here.',
      )
      .description('Send a suite to the server; one of its name is replaced.')
      .option('--name <name>', 'What it is called there, instead of the name in it.')
      .option('--dialect <name>', 'It is written as assay, promptfoo or prpm, whatever its name.'),
    'assay suites push examples/support/assay.yaml',
  ).action(
    apiAction(terminal, async ({ connect, out }, named: string | undefined, options: PushOptions) => {
      const body = await suiteToSend(named, options)
      const { client } = await connect()
      const { items } = await client.listSuites({ query: { text: body.name, limit: 200 } })
      const known = items.find(({ name }) => name === body.name)
      const suite = known
        ? await client.replaceSuite({ params: { id: known.id }, body })
        : await client.createSuite({ body })
      const done = known ? (known.sourceHash === suite.sourceHash ? 'Unchanged' : 'Replaced') : 'Kept'
      out.show(suite, ({ name, cases, id }) => `${done}: ${name}, ${cases} ${cases === 1 ? 'case' : 'cases'}, id ${id}`)
    }),
  )

  withExample(
    suites
      .command('remove')
      .argument('<suite>', 'Name, id, or the beginning of it.')
      .option('--yes', 'Do it; without this nothing is removed.')
      .description('Remove a suite; its runs stay.'),
    'assay suites remove capitals --yes',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, { yes }: { yes?: boolean }) => {
      const { client } = await connect()
      const suite = await client.getSuite({ params: { id: await suiteId(client, written) } })
      const { source: _source, ...told } = suite
      if (!yes) {
        const reason = `This removes the suite ${suite.name} with ${suite.cases} cases; add --yes to do it.`
        throw new AssayError('usage.invalid', { reason, example: `assay suites remove ${suite.id} --yes` })
      }
      await client.removeSuite({ params: { id: suite.id } })
      out.show({ ...told, removed: true }, ({ name }) => `Removed: ${name}`)
    }),
  )
}

/** The id of a suite by its name, its id or the beginning of it. */
export const suiteId = (client: Client, written: string): Promise<string> =>
  resolveId('suite', written, () => client.listSuites({ query: { limit: 200 } }))

/** The text of a suite; what it names in other files is written into it, where its dialect has words for that. */
const suiteToSend = async (named: string | undefined, { name, dialect }: PushOptions) => {
  const { findSuite, readSuiteFile } = await import('@assay/runner')
  const path = await findSuite(named, process.cwd())
  const read = await readSuiteFile(path, { dialect })
  const called = name ?? read.suite.name
  if (called === undefined) {
    const reason = `${path} has no name.`
    throw new AssayError('usage.invalid', { reason, example: `assay suites push ${path} --name my-suite` })
  }
  const isModule = !/\.(ya?ml|json)$/.test(read.file)
  if (isModule && read.target !== null) {
    const reason = `${path} is run against code of its own, which stays on this machine.`
    throw new AssayError('usage.invalid', { reason, example: `assay test ${path} --upload` })
  }
  const isOneFile = read.files.length <= 1 && !isModule
  if (isOneFile || read.dialect !== 'assay') {
    const sent = { name: called, source: await readFile(path, 'utf8'), file: basename(path) }
    return { ...sent, ...(dialect && { dialect }) }
  }
  return { name: called, source: JSON.stringify(read.suite, null, 2), file: 'assay.json' }
}
