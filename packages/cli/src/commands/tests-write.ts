import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { Client } from '@assay/client'
import type { Expected } from '@assay/core'
import { apiAction, withExample } from '../action.ts'
import { resolveId } from '../ids.ts'
import { type ListOptions, readPages, withLimit } from '../pages.ts'
import type { Terminal } from '../terminal/terminal.ts'

type CreateOptions = {
  file?: string
  kind?: string
  prompt?: string
  target?: string
  contains?: string[]
  expect?: string
  schema?: string
  badOutput?: string
  passAt?: string
  framework?: string
  tag?: string[]
}
type Created = Parameters<Client['createRegressionTest']>[0]['body']
type QuarantineOptions = { end?: boolean; days?: string; reason?: string }

const idOf = (client: Client, written: string): Promise<string> =>
  resolveId('regression test', written, () => client.listRegressionTests({ query: { limit: 200 } }))

const collect = (value: string, before: string[] = []): string[] => [...before, value]

/** What people do to regression tests: write, confirm, quarantine and retire them, and accept prompts that were liked. */
export const testsWriteCommands = (tests: Command, terminal: Terminal): void => {
  const one = (command: Command) => command.argument('<id>', 'Id, the beginning of it, or the name.')

  withExample(
    tests
      .command('create')
      .argument('[name]', 'What it is called; in a file it may stand there.')
      .description('Write a regression test by hand.')
      .option('--file <file>', 'The whole test as JSON, as POST /api/v1/regression-tests takes it.')
      .option('--kind <kind>', 'smoke, regression, contract or integration.')
      .option('--prompt <text>', 'What is asked.')
      .option('--target <target>', 'provider/model, an alias, an address, suite:ID, gateway:DIALECT:MODEL or database.')
      .option('--contains <text>', 'The answer must contain it; may be given again.', collect)
      .option('--expect <json>', 'The whole expectation as JSON.')
      .option('--schema <file>', 'A JSON Schema that the answer must fit.')
      .option('--bad-output <text>', 'An answer that must not pass: what the test is seen to fail on.')
      .option('--pass-at <k/n>', 'Passes of attempts, such as 2/3.')
      .option('--framework <word>', 'Such as html or react.')
      .option('--tag <tag>', 'A tag; may be given again.', collect),
    "assay tests create capital --target sim/echo --prompt 'Name the capital of France: Paris' --contains Paris",
    'assay tests create --file checkout.json',
  ).action(
    apiAction(terminal, async ({ connect, out }, name: string | undefined, options: CreateOptions) => {
      const body = await givenTest(name, options)
      const { client } = await connect()
      const { testText } = await import('../print/tests.ts')
      const test = await client.createRegressionTest({ body })
      out.show(test, () => testText(test, { out, now: terminal.now() }))
      out.note(`Show red and green with \`assay tests verify ${test.id}\`.`)
    }),
  )

  withExample(
    one(tests.command('confirm').description('Say what the right answer is, for a test that was made of feedback.'))
      .option('--corrected <text>', 'The answer that was wanted; that of the feedback when left out.')
      .option('--expect <json>', 'The whole expectation as JSON.'),
    "assay tests confirm regression_user_rejected --corrected 'The order ships on Monday.'",
  ).action(
    apiAction(
      terminal,
      async ({ connect, out }, written: string, { corrected, expect }: { corrected?: string; expect?: string }) => {
        const expected = expect === undefined ? {} : { expected: (await json(expect, '--expect')) as Expected }
        const { client } = await connect()
        const { testText } = await import('../print/tests.ts')
        const params = { id: await idOf(client, written) }
        const body = { ...(corrected === undefined ? {} : { corrected }), ...expected }
        const test = await client.confirmRegressionTest({ params, body })
        out.show(test, () => testText(test, { out, now: terminal.now() }))
      },
    ),
  )

  withExample(
    one(tests.command('quarantine').description('Put a test in quarantine, where it blocks nothing, or take it out.'))
      .option('--end', 'Take it out.')
      .option('--days <days>', '1 to 365; 14 when left out, doubled each time.')
      .option('--reason <text>', 'Why.'),
    "assay tests quarantine regression_timeout_error --reason 'the provider is being moved'",
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, { end, days, reason }: QuarantineOptions) => {
      const { client } = await connect()
      const params = { id: await idOf(client, written) }
      const test = await client.quarantineRegressionTest({
        params,
        body: {
          quarantined: end !== true,
          ...(days === undefined ? {} : { days: Number(days) }),
          ...(reason === undefined ? {} : { reason }),
        },
      })
      out.show(test, () => `${test.name} is ${test.state}: ${test.stateReason}`)
    }),
  )

  withExample(
    one(tests.command('retire').description('Retire a test: it is kept with its history and runs no more.')).option(
      '--yes',
      'Do it; without it only what would be done is said.',
    ),
    'assay tests retire regression_type_error --yes',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, { yes }: { yes?: boolean }) => {
      const { client } = await connect()
      const params = { id: await idOf(client, written) }
      const test = yes ? await client.retireRegressionTest({ params }) : await client.getRegressionTest({ params })
      out.show(test, () => (yes ? `${test.name} is retired.` : `${test.name} would be retired.`))
      if (!yes) out.note('Say --yes to do it.')
    }),
  )

  const golden = tests.command('golden').description('Prompts whose answers were liked three times or more.')
  withExample(
    withLimit(golden.command('list').description('List those that are offered.')),
    'assay tests golden list',
  ).action(
    apiAction(terminal, async ({ connect, out }, options: ListOptions) => {
      const { client } = await connect()
      const rows = await readPages(options, (query) => client.listGoldenCases({ query }))
      out.list(
        rows,
        () =>
          rows.map(({ id, ups, model, promptPreview }) => `${id}  ${ups} ups  ${model}  ${promptPreview}`).join('\n'),
        'None is offered: three ups on one prompt offer it.',
      )
    }),
  )
  withExample(
    golden
      .command('accept')
      .argument('<id>', 'Id, or the beginning of it.')
      .description('Make a regression test of it.')
      .option('--name <name>', 'What the test is called.'),
    'assay tests golden accept 0199c3f2 --name capital_of_france',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, { name }: { name?: string }) => {
      const { client } = await connect()
      const { testText } = await import('../print/tests.ts')
      const id = await resolveId('golden case', written, () => client.listGoldenCases({ query: { limit: 200 } }))
      const test = await client.acceptGoldenCase({ params: { id }, body: name === undefined ? {} : { name } })
      out.show(test, () => testText(test, { out, now: terminal.now() }))
    }),
  )
  withExample(
    golden
      .command('dismiss')
      .argument('<id>', 'Id, or the beginning of it.')
      .description('Put it aside; it is not offered again.'),
    'assay tests golden dismiss 0199c3f2',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const id = await resolveId('golden case', written, () => client.listGoldenCases({ query: { limit: 200 } }))
      const offer = await client.dismissGoldenCase({ params: { id }, body: {} })
      out.show(offer, () => `${offer.promptPreview} was put aside.`)
    }),
  )
}

/** The test of the file, with what the options say in the place of what stands there. */
const givenTest = async (name: string | undefined, options: CreateOptions): Promise<Created> => {
  const { file, kind, prompt, target, contains, expect, schema, badOutput, passAt, framework, tag } = options
  const inFile = file === undefined ? {} : await json(`@${file}`, '--file')
  const assertions = contains?.map((text) => ({ type: 'contains', value: text }))
  const expected = {
    ...(expect === undefined ? {} : await json(expect, '--expect')),
    ...(schema === undefined ? {} : { schema: await json(`@${schema}`, '--schema') }),
    ...(assertions ? { assertions } : {}),
  }
  const written = {
    name,
    kind,
    prompt,
    target,
    badOutput,
    passAt,
    framework,
    tags: tag,
    expected: Object.keys(expected).length > 0 ? { shouldNotFail: true, ...expected } : undefined,
  }
  const given = Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined))
  // What is wrong with it the service says, field by field.
  return { ...inFile, ...given } as Created
}

/** JSON as it is written, or of a file after an `@`. */
const json = async (given: string, option: string): Promise<Record<string, unknown>> => {
  const { AssayError } = await import('@assay/core')
  try {
    const text = given.startsWith('@') ? await readFile(given.slice(1), 'utf8') : given
    return JSON.parse(text) as Record<string, unknown>
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new AssayError('usage.invalid', { reason: `${option} ${given} cannot be read as JSON: ${reason}.` })
  }
}
