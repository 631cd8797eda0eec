import type { Command } from 'commander'
import { AssayError } from '@assay/core'
import { apiAction, withExample } from '../action.ts'
import { resolveId } from '../ids.ts'
import type { Terminal } from '../terminal/terminal.ts'

type Options = { name?: string; to?: string; save?: boolean }

/** `assay requests test-case`: a case out of what was asked and answered. */
export const testCaseCommand = (requests: Command, terminal: Terminal): void => {
  withExample(
    requests
      .command('test-case')
      .argument('<id>', 'Id, or the beginning or end of one of the newest 200.')
      .description('Make a case of a suite from a request, with what its answer shows that must hold again.')
      .option('--name <name>', 'What the case is called; left out, the beginning of its prompt.')
      .option('--to <file>', 'Append it to this suite (YAML), or begin one; left out, print it.')
      .option('--save', 'Keep it as a regression test too, which guards from now on.'),
    'assay requests test-case 0199c3f2 --to assay.yaml',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, { name, to, save = false }: Options) => {
      if (to !== undefined && !/\.ya?ml$/.test(to)) {
        const reason = `--to is a suite in YAML, but it is ${to}.`
        throw new AssayError('usage.invalid', { reason, example: '--to assay.yaml' })
      }
      const { client } = await connect()
      const id = await resolveId('request', written, () => client.listRequests({ query: { limit: 200 } }))
      const body = { save, ...(name === undefined ? {} : { name }) }
      const made = await client.makeTestCase({ params: { id }, body })
      if (made.test) out.note(`Kept as the regression test ${made.test.name}: assay tests show ${made.test.id}`)
      if (to === undefined) {
        out.show(made, ({ yaml }) => yaml)
        return
      }
      const { appendCases } = await import('@assay/runner')
      const { names, isNew } = await appendCases(to, made.yaml)
      out.show({ file: to, cases: names, isNew, test: made.test }, () => to)
      out.note(
        `${isNew ? 'A new suite with' : 'Appended'} the case ${names.join(', ')}; run it with \`assay test ${to}\`.`,
      )
    }),
  )
}
