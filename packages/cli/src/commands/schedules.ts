import type { Command } from 'commander'
import type { Client } from '@assay/client'
import type { Schedule } from '@assay/core'
import { apiAction, withExample } from '../action.ts'
import { readUsd } from '../amounts.ts'
import { resolveId } from '../ids.ts'
import { plain } from '../print/width.ts'
import type { Terminal } from '../terminal/terminal.ts'

type Fields = { cron?: string; zone?: string; tag?: string; test?: string[]; env?: string; budget?: string }
type Changes = Fields & { name?: string; all?: true }

const WHICH = 'Id, the beginning of it, or the name.'

/** `assay schedules`: when regression tests run by themselves. */
export const schedulesCommand = (program: Command, terminal: Terminal): void => {
  const schedules = program.command('schedules').description('Say when regression tests run by themselves.')

  withExample(
    schedules.command('list').description('List the schedules with their next runs.'),
    'assay schedules list',
  ).action(
    apiAction(terminal, async ({ connect, out }) => {
      const { client } = await connect()
      const { scheduleTable } = await import('../print/schedules.ts')
      const { items } = await client.listSchedules()
      out.list(items, () => scheduleTable(items, { out, now: terminal.now() }), 'There is no schedule.')
    }),
  )

  withExample(
    schedules
      .command('show')
      .argument('<schedule>', WHICH)
      .description('Show one schedule, its next three runs and what it spent today.'),
    "assay schedules show 'every 6 hours'",
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const { scheduleText } = await import('../print/schedules.ts')
      const schedule = await client.getSchedule({ params: { id: await idOf(client, written) } })
      out.show(schedule, () => scheduleText(schedule, { out, now: terminal.now() }))
    }),
  )

  withExample(
    withFields(
      schedules
        .command('add')
        .argument('<name>', 'What the schedule is called.')
        .description('Let tests run by themselves: all, those with a tag, or those that are named.')
        .requiredOption('--cron <line>', 'Minute, hour, day of month, month, day of week.'),
    ),
    "assay schedules add nightly --cron '30 2 * * *' --zone Europe/Berlin",
    "assay schedules add checkout --cron '*/15 9-17 * * mon-fri' --tag checkout --env staging --budget 2usd",
  ).action(
    apiAction(terminal, async ({ connect, out }, name: string, { cron, ...options }: Fields & { cron: string }) => {
      await refuseUnclear(options)
      const budget = await budgetOf(options)
      const { client } = await connect()
      const { scheduleText } = await import('../print/schedules.ts')
      const body = { name, cron, ...(await fieldsOf(client, options)), ...budget }
      const schedule = await client.createSchedule({ body })
      out.show(schedule, () => scheduleText(schedule, { out, now: terminal.now() }))
    }),
  )

  withExample(
    withFields(
      schedules
        .command('change')
        .argument('<schedule>', WHICH)
        .description('Change what is named; the rest stays.')
        .option('--name <name>', 'Call it otherwise.')
        .option('--cron <line>', 'Minute, hour, day of month, month, day of week.')
        .option('--all', 'Run all tests, no more those of a tag or those named.'),
    ),
    "assay schedules change nightly --cron '0 3 * * *' --budget 0.50usd",
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, { name, cron, all, ...options }: Changes) => {
      await refuseUnclear({ ...options, ...(all ? { all } : {}) })
      const budget = await budgetOf(options)
      const { client } = await connect()
      const { scheduleText } = await import('../print/schedules.ts')
      const body = {
        ...(name === undefined ? {} : { name }),
        ...(cron === undefined ? {} : { cron }),
        ...(all ? { tag: null, testIds: [] } : {}),
        ...(await fieldsOf(client, options)),
        ...budget,
      }
      const schedule = await client.updateSchedule({ params: { id: await idOf(client, written) }, body })
      out.show(schedule, () => scheduleText(schedule, { out, now: terminal.now() }))
    }),
  )

  for (const [word, paused, description] of [
    ['pause', true, 'Let a schedule rest; what falls due is not caught up.'],
    ['resume', false, 'Let a schedule go on.'],
  ] as const) {
    withExample(
      schedules.command(word).argument('<schedule>', WHICH).description(description),
      `assay schedules ${word} nightly`,
    ).action(
      apiAction(terminal, async ({ connect, out }, written: string) => {
        const { client } = await connect()
        const id = await idOf(client, written)
        out.show(await client.pauseSchedule({ params: { id }, body: { paused } }), ({ name, next }) =>
          paused ? `${plain(name)} rests.` : `${plain(name)} runs next at ${next[0] ?? 'no time'}.`,
        )
      }),
    )
  }

  withExample(
    schedules
      .command('run')
      .argument('<schedule>', WHICH)
      .description('Queue its run now, within what is left of its budget; when it is due next does not change.'),
    'assay schedules run nightly',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const queued = await client.runSchedule({ params: { id: await idOf(client, written) } })
      out.show(queued, ({ runId }) => runId)
      out.note(`Queued over ${queued.tests} ${queued.tests === 1 ? 'test' : 'tests'}: assay runs show ${queued.runId}`)
    }),
  )

  withExample(
    schedules
      .command('next')
      .argument('<cron>', 'Minute, hour, day of month, month, day of week.')
      .description('Show the next three runs of a cron line without keeping it.')
      .option('--zone <zone>', 'A name of the IANA database.', 'UTC'),
    "assay schedules next '0 9 * * mon-fri' --zone America/New_York",
  ).action(
    apiAction(terminal, async ({ connect, out }, cron: string, { zone }: { zone: string }) => {
      const { client } = await connect()
      const { timesText } = await import('../print/schedules.ts')
      const preview = await client.previewSchedule({ query: { cron, timeZone: zone } })
      out.show(preview, ({ next }) => timesText(next, { timeZone: zone, now: terminal.now() }).join('\n'))
    }),
  )

  withExample(
    schedules
      .command('remove')
      .argument('<schedule>', WHICH)
      .description('Remove a schedule; its runs stay.')
      .option('--yes', 'Do it; without it the schedule is only shown.'),
    'assay schedules remove nightly --yes',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, { yes }: { yes?: boolean }) => {
      const { client } = await connect()
      const params = { id: await idOf(client, written) }
      if (!yes) {
        const schedule = await client.getSchedule({ params })
        out.show({ schedule, removed: false }, () => `Would remove ${plain(schedule.name)}. Add --yes to do it.`)
        return
      }
      out.show(await client.removeSchedule({ params }), ({ name }) => `Removed ${plain(name)}.`)
    }),
  )
}

const withFields = (command: Command): Command =>
  command
    .option('--zone <zone>', 'A name of the IANA database; UTC when it is new.')
    .option('--tag <tag>', 'Run the tests with this tag.')
    .option('--test <test...>', 'Run these tests, by id or name.')
    .option('--env <environment>', 'dev, staging, production, local or ci; production when it is new.')
    .option('--budget <amount>', 'What its runs of one UTC day may cost, such as 2usd; 1usd when it is new.')

/** What of a schedule the options name; tests take the place of a tag, and a tag theirs. */
const fieldsOf = async (client: Client, { zone, tag, test, env }: Fields) => ({
  ...(zone === undefined ? {} : { timeZone: zone }),
  ...(tag === undefined ? {} : { tag, ...(test === undefined ? { testIds: [] } : {}) }),
  ...(test === undefined
    ? {}
    : { testIds: await testIdsOf(client, test), ...(tag === undefined ? { tag: null } : {}) }),
  ...(env === undefined ? {} : { environment: env as Schedule['environment'] }),
})

const testIdsOf = async (client: Client, written: readonly string[]): Promise<string[]> => {
  const list = () => client.listRegressionTests({ query: { limit: 200 } })
  return Promise.all(written.map((one) => resolveId('regression test', one, list)))
}

const budgetOf = async ({ budget }: Fields) => {
  if (budget === undefined) return {}
  const dailyBudgetNanoUsd = await readUsd(budget, '--budget')
  if (dailyBudgetNanoUsd !== null) return { dailyBudgetNanoUsd }
  const { AssayError } = await import('@assay/core')
  throw new AssayError('usage.invalid', {
    reason: 'A schedule always has a budget, so that --budget cannot be none.',
    example: '--budget 5usd',
  })
}

const refuseUnclear = async ({ all, tag, test }: Changes): Promise<void> => {
  if ([all, tag, test].filter((part) => part !== undefined).length <= 1) return
  const { AssayError } = await import('@assay/core')
  throw new AssayError('usage.invalid', {
    reason: 'A schedule runs all tests, those of a --tag, or those of --test: one of the three.',
    example: 'assay schedules change nightly --tag checkout',
  })
}

const idOf = (client: Client, written: string): Promise<string> =>
  resolveId('schedule', written, () => client.listSchedules())
