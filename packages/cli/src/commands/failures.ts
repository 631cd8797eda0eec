import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { FailureGroup, FailureReport } from '@assay/core'
import { apiAction, withExample } from '../action.ts'
import { resolveId } from '../ids.ts'
import { type ListOptions, readPages, withLimit } from '../pages.ts'
import { plain } from '../print/width.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { inspectCommand } from './failures-inspect.ts'

type ListFilter = ListOptions & { state?: string; category?: string; text?: string; sort?: string }
type ReportOptions = { name?: string; file?: string; environment?: string; release?: string; tag?: string[] }

/** `assay failures`: what went wrong in production, by cause. */
export const failuresCommand = (program: Command, terminal: Terminal): void => {
  const failures = program.command('failures').description('See and settle what went wrong in production.')

  withExample(
    withLimit(
      failures
        .command('list')
        .description('List failure groups, one for each cause.')
        .option('--state <state>', 'open, resolved, reopened or muted.')
        .option('--category <category>', 'Such as validation, timeout or rate_limit.')
        .option('--text <text>', 'Part of the title.')
        .option('--sort <order>', 'lastSeen or occurrences.', 'lastSeen'),
    ),
    'assay failures list --state open --sort occurrences',
  ).action(
    apiAction(terminal, async ({ connect, out }, options: ListFilter) => {
      const { client } = await connect()
      const { groupTable } = await import('../print/failures.ts')
      const { state, category, text, sort } = options
      const filter = {
        sort: sort as 'lastSeen' | 'occurrences',
        ...(state ? { state: state as FailureGroup['state'] } : {}),
        ...(category ? { category: category as FailureGroup['category'] } : {}),
        ...(text ? { q: text } : {}),
      }
      const rows = await readPages(options, (page) => client.listFailureGroups({ query: { ...filter, ...page } }))
      out.list(rows, () => groupTable(rows, { out, now: terminal.now() }), 'Nothing went wrong that is known here.')
    }),
  )

  withExample(
    failures
      .command('show')
      .argument('<id>', 'Id of a group, or the beginning of it.')
      .description('Show one failure group, why it is one, and its newest failures.'),
    'assay failures show 0199c3f2-77aa-7c41-9d55-0a3f0e6d1b2c',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const { groupText } = await import('../print/failures.ts')
      const id = await resolveId('failure group', written, () => client.listFailureGroups({ query: { limit: 200 } }))
      const [group, newest] = await Promise.all([
        client.getFailureGroup({ params: { id } }),
        client.listFailures({ query: { group: id, limit: 5 } }),
      ])
      out.show({ ...group, failures: newest.items }, () => groupText(group, newest.items, { out, now: terminal.now() }))
    }),
  )

  withExample(
    failures
      .command('report')
      .argument('[message]', 'What went wrong; leave it out with --file.')
      .description(
        'Report a failure, as an application would. Needs a key with the scope failures, or the local owner.',
      )
      .option('--name <class>', 'Class of the error, such as TypeError.')
      .option('--file <path>', 'A whole report as JSON, - for standard input.')
      .option('--environment <name>', 'dev, staging, production, local or ci.')
      .option('--release <release>', 'Release it happened in.')
      .option('--tag <tag...>', 'Free tags.'),
    "assay failures report 'The tool returned no result' --name ToolError --environment staging",
  ).action(
    apiAction(terminal, async ({ connect, out }, message: string | undefined, options: ReportOptions) => {
      const { receiptText } = await import('../print/failures.ts')
      const body = await readReport(terminal, message, options)
      const { client } = await connect()
      const receipt = await client.reportFailure({ body })
      out.show(receipt, receiptText)
    }),
  )

  const settle = (command: Command, stateFor: (options: SettleOptions) => Settlement) =>
    command.argument('<id>', 'Id of a group, or the beginning of it.').action(
      apiAction(terminal, async ({ connect, out }, written: string, options: SettleOptions) => {
        const { client } = await connect()
        const id = await resolveId('failure group', written, () => client.listFailureGroups({ query: { limit: 200 } }))
        const group = await client.updateFailureGroup({ params: { id }, body: { state: stateFor(options) } })
        out.show(group, ({ title, state }) => `${state}: ${plain(title)}`)
      }),
    )
  settle(
    withExample(
      failures
        .command('resolve')
        .description('Resolve a group; it is reopened when the failure comes back.')
        .option('--reopen', 'Open it again instead.'),
      'assay failures resolve 0199c3f2-77aa-7c41-9d55-0a3f0e6d1b2c',
    ),
    ({ reopen }) => (reopen ? 'open' : 'resolved'),
  )
  settle(
    withExample(
      failures.command('mute').description('Mute a group; its failures are still counted.'),
      'assay failures mute 0199c3f2-77aa-7c41-9d55-0a3f0e6d1b2c',
    ),
    () => 'muted',
  )

  inspectCommand(failures, terminal)
}

type SettleOptions = { reopen?: boolean }
type Settlement = 'open' | 'resolved' | 'muted'

const readReport = async (
  { stdin }: Terminal,
  message: string | undefined,
  { name, file, environment, release, tag }: ReportOptions,
): Promise<FailureReport> => {
  const { AssayError, FailureReport, issuesOf } = await import('@assay/core')
  const given = file === undefined ? {} : await readJson(file, stdin)
  const parsed = FailureReport.safeParse({
    ...given,
    ...(message === undefined ? {} : { message }),
    ...(name ? { name } : {}),
    ...(environment ? { environment } : {}),
    ...(release ? { release } : {}),
    ...(tag ? { tags: tag } : {}),
  })
  if (parsed.success) return parsed.data
  throw new AssayError('input.invalid', { what: 'failure report', issues: issuesOf(parsed.error) })
}

const readJson = async (path: string, stdin: NodeJS.ReadableStream): Promise<object> => {
  const { AssayError } = await import('@assay/core')
  try {
    const chunks: string[] = []
    if (path === '-') for await (const chunk of stdin) chunks.push(String(chunk))
    return JSON.parse(path === '-' ? chunks.join('') : await readFile(path, 'utf8')) as object
  } catch (error) {
    throw new AssayError(
      'input.bad_json',
      { what: `report ${path}`, reason: (error as Error).message },
      { cause: error },
    )
  }
}
