import type { Command } from 'commander'
import type { AlertEvent } from '@assay/core'
import { apiAction, withExample } from '../action.ts'
import { resolveId } from '../ids.ts'
import { type ListOptions, readPages, withLimit } from '../pages.ts'
import { plain } from '../print/width.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { futureTime } from '../times.ts'
import { channelsCommand } from './alert-channels.ts'

type ListFilter = ListOptions & { state?: string; event?: string }
type RuleOptions = {
  channel: string[]
  event?: string[]
  severity?: string[]
  tag?: string[]
  environment?: string[]
  kind?: string[]
}
type LogFilter = ListOptions & { state?: string }

/** `assay alerts`: what somebody should look at, and who is told of it. */
export const alertsCommand = (program: Command, terminal: Terminal): void => {
  const alerts = program.command('alerts').description('See what needs a look, and say who is told of it.')

  withExample(
    withLimit(
      alerts
        .command('list')
        .description('List alerts, newest first.')
        .option('--state <state>', 'open or resolved.')
        .option('--event <event>', 'Such as cost.high or credential.invalid.'),
    ),
    'assay alerts list --state open',
  ).action(
    apiAction(terminal, async ({ connect, out }, options: ListFilter) => {
      const { client } = await connect()
      const { alertTable } = await import('../print/alerts.ts')
      const filter = {
        ...(options.state ? { state: options.state as 'open' } : {}),
        ...(options.event ? { rule: options.event as AlertEvent } : {}),
      }
      const rows = await readPages(options, (page) => client.listAlerts({ query: { ...filter, ...page } }))
      out.list(rows, () => alertTable(rows, { out, now: terminal.now() }), 'Nothing needs a look.')
    }),
  )

  withExample(
    alerts
      .command('acknowledge')
      .argument('<alert>', 'Id, or the beginning of it.')
      .description('Say that you are looking at an alert.'),
    'assay alerts acknowledge 0199c3f2',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const id = await resolveId('alert', written, () => client.listAlerts({ query: { limit: 200 } }))
      const alert = await client.acknowledgeAlert({ params: { id } })
      out.show(alert, ({ title }) => `Noted: ${plain(title)}.`)
    }),
  )

  withExample(alerts.command('rules').description('List who is told of what.'), 'assay alerts rules').action(
    apiAction(terminal, async ({ connect, out }) => {
      const { client } = await connect()
      const { ruleTable } = await import('../print/alerts.ts')
      const [{ items }, channels] = await Promise.all([client.listAlertRules(), client.listAlertChannels()])
      const told = { out, now: terminal.now(), channels: channels.items }
      out.list(
        items,
        () => ruleTable(items, told),
        'Nobody is told of anything. Begin with `assay alerts channels add`.',
      )
    }),
  )

  withExample(
    alerts
      .command('tell')
      .argument('<name>', 'What the rule is called.')
      .description('Tell channels of alerts: of all, or of those that are named.')
      .requiredOption('--channel <channel...>', 'Channels by id or name.')
      .option('--event <event...>', 'Only these, such as cost.high.')
      .option('--severity <severity...>', 'Only info, warning or critical ones.')
      .option('--tag <tag...>', 'Only those with one of these tags.')
      .option('--environment <environment...>', 'Only those of these environments.')
      .option('--kind <kind...>', 'Only those about tests of these kinds: smoke, regression, contract, integration.'),
    'assay alerts tell money --channel ops --event cost.high budget.used',
  ).action(
    apiAction(terminal, async ({ connect, out }, name: string, options: RuleOptions) => {
      const { client } = await connect()
      const channelIds: string[] = []
      for (const written of options.channel) {
        channelIds.push(await resolveId('alert channel', written, () => client.listAlertChannels()))
      }
      const { event, severity, tag, environment, kind } = options
      const filter = {
        ...(severity ? { severities: severity as 'critical'[] } : {}),
        ...(tag ? { tags: tag } : {}),
        ...(environment ? { environments: environment } : {}),
        ...(kind ? { kinds: kind } : {}),
      }
      const body = { name, channelIds, filter, ...(event ? { events: event as AlertEvent[] } : {}) }
      out.show(
        await client.createAlertRule({ body }),
        (rule) => `${plain(rule.name)} tells ${channelIds.length} from now on.`,
      )
    }),
  )

  withExample(
    alerts
      .command('mute')
      .argument('<rule>', 'Id, the beginning of it, or the name.')
      .description('Let a rule send nothing for a while; without --for it speaks again at once.')
      .option('--for <time>', 'How long, such as 2h or 3d, or until an ISO time.'),
    'assay alerts mute money --for 2h',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, options: { for?: string }) => {
      const { client } = await connect()
      const id = await resolveId('alert rule', written, () => client.listAlertRules())
      const mutedUntil = options.for ? await futureTime(options.for, { flag: '--for', now: terminal.now() }) : null
      out.show(await client.updateAlertRule({ params: { id }, body: { mutedUntil } }), (rule) =>
        rule.mutedUntil === null
          ? `${plain(rule.name)} speaks again.`
          : `${plain(rule.name)} is mute until ${rule.mutedUntil}.`,
      )
    }),
  )

  withExample(
    alerts
      .command('forget')
      .argument('<rule>', 'Id, the beginning of it, or the name.')
      .description('Remove a rule; its channels stay.')
      .option('--yes', 'Do it; without it the rule is only shown.'),
    'assay alerts forget money --yes',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, { yes }: { yes?: boolean }) => {
      const { client } = await connect()
      const id = await resolveId('alert rule', written, () => client.listAlertRules())
      if (!yes) {
        const rule = (await client.listAlertRules()).items.find((one) => one.id === id)
        out.show({ rule, removed: false }, () => `Would remove ${plain(rule?.name ?? id)}. Add --yes to do it.`)
        return
      }
      out.show(await client.removeAlertRule({ params: { id } }), (rule) => `Removed ${plain(rule.name)}.`)
    }),
  )

  withExample(
    withLimit(
      alerts
        .command('log')
        .description('List what was sent where, newest first.')
        .option('--state <state>', 'waiting, delivered, failed or muted.'),
    ),
    'assay alerts log --state failed',
  ).action(
    apiAction(terminal, async ({ connect, out }, options: LogFilter) => {
      const { client } = await connect()
      const { deliveryTable } = await import('../print/alerts.ts')
      const filter = options.state ? { state: options.state as 'failed' } : {}
      const { items: channels } = await client.listAlertChannels()
      const rows = await readPages(options, (page) => client.listAlertDeliveries({ query: { ...filter, ...page } }))
      out.list(rows, () => deliveryTable(rows, { out, now: terminal.now(), channels }), 'Nothing was sent yet.')
    }),
  )

  channelsCommand(alerts, terminal)
}
