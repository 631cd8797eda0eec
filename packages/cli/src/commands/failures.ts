import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { FailureGroup, FailureReport } from '@assay/core'
import { apiAction, withExample } from '../action.ts'
import { type ListOptions, readPages, withLimit } from '../pages.ts'
import { plain } from '../print/width.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { futureTime } from '../times.ts'
import { groupCommands, groupId } from './failures-groups.ts'
import { inspectCommand } from './failures-inspect.ts'
import { rulesCommand } from './failures-rules.ts'

type ListFilter = ListOptions & {
  state?: string
  category?: string
  severity?: string
  family?: string
  text?: string
  sort?: string
}
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
        .option('--severity <severity>', 'low, medium, high or critical.')
        .option('--family <family>', 'One family, as `assay failures families` lists them.')
        .option('--text <text>', 'Part of the title.')
        .option('--sort <order>', 'lastSeen or occurrences.', 'lastSeen'),
    ),
    'assay failures list --state open --sort occurrences',
  ).action(
    apiAction(terminal, async ({ connect, out }, options: ListFilter) => {
      const { client } = await connect()
      const { groupTable } = await import('../print/failures.ts')
      const { state, category, severity, family, text, sort } = options
      const filter = {
        sort: sort as 'lastSeen' | 'occurrences',
        ...(state ? { state: state as FailureGroup['state'] } : {}),
        ...(category ? { category: category as FailureGroup['category'] } : {}),
        ...(severity ? { severity: severity as FailureGroup['severity'] } : {}),
        ...(family ? { family } : {}),
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
      const id = await groupId(client, written)
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

  const settle = (command: Command, changeFor: (options: SettleOptions) => Promise<Settlement>) =>
    command.argument('<id>', 'Id of a group, or the beginning of it.').action(
      apiAction(terminal, async ({ connect, out }, written: string, options: SettleOptions) => {
        const body = await changeFor(options)
        const { client } = await connect()
        const group = await client.updateFailureGroup({ params: { id: await groupId(client, written) }, body })
        out.show(group, ({ title, state }) => `${state}: ${plain(title)}`)
      }),
    )
  settle(
    withExample(
      failures
        .command('resolve')
        .description('Resolve a group; it is reopened when the failure comes back.')
        .option('--in <release>', 'The release that holds the fix; failures of older ones do not reopen the group.')
        .option('--reopen', 'Open it again instead.'),
      'assay failures resolve 0199c3f2-77aa-7c41-9d55-0a3f0e6d1b2c --in 2.4.1',
    ),
    async ({ reopen, in: resolvedIn }) => ({
      state: reopen ? 'open' : 'resolved',
      ...(resolvedIn === undefined ? {} : { resolvedIn }),
    }),
  )
  settle(
    withExample(
      failures
        .command('mute')
        .description('Mute a group, for ever unless told otherwise; its failures are still counted.')
        .option('--until <time>', 'Until then, such as 7d.')
        .option('--for <count>', 'For so many more occurrences.'),
      'assay failures mute 0199c3f2-77aa-7c41-9d55-0a3f0e6d1b2c --until 7d',
    ),
    async ({ until, for: count }) => ({
      state: 'muted',
      ...(until === undefined ? {} : { mutedUntil: await futureTime(until, { flag: '--until', now: terminal.now() }) }),
      ...(count === undefined ? {} : { mutedFor: Number(count) }),
    }),
  )

  groupCommands(failures, terminal)
  rulesCommand(failures, terminal)
  inspectCommand(failures, terminal)
}

type SettleOptions = { reopen?: boolean; in?: string; until?: string; for?: string }
type Settlement = {
  state: 'open' | 'resolved' | 'muted'
  resolvedIn?: string
  mutedUntil?: string
  mutedFor?: number
}

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
