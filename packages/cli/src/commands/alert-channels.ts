import type { Command } from 'commander'
import { apiAction, withExample } from '../action.ts'
import { resolveId } from '../ids.ts'
import { plain } from '../print/width.ts'
import type { Terminal } from '../terminal/terminal.ts'

type AddOptions = { email?: string[]; webhook?: string; slack?: string }

/** `assay alerts channels`: where people are told. */
export const channelsCommand = (alerts: Command, terminal: Terminal): void => {
  const channels = alerts.command('channels').description('Manage where people are told of alerts.')

  withExample(channels.command('list').description('List the channels.'), 'assay alerts channels list').action(
    apiAction(terminal, async ({ connect, out }) => {
      const { client } = await connect()
      const { channelTable } = await import('../print/alerts.ts')
      const { items } = await client.listAlertChannels()
      out.list(items, () => channelTable(items, out), 'There is no channel. Add one with `assay alerts channels add`.')
    }),
  )

  withExample(
    channels
      .command('add')
      .argument('<name>', 'What the channel is called.')
      .description('Add a channel; the secret of a webhook is shown once.')
      .option('--email <address...>', 'Send mail to these addresses.')
      .option('--webhook <url>', 'Post signed JSON to this address.')
      .option('--slack <url>', 'Post to an incoming webhook of Slack, Mattermost or Discord (/slack).'),
    'assay alerts channels add ops --webhook https://example.com/hooks/assay',
  ).action(
    apiAction(terminal, async ({ connect, out }, name: string, options: AddOptions) => {
      const body = await channelOf(name, options)
      const { client } = await connect()
      const made = await client.createAlertChannel({ body })
      out.show(made, ({ secret }) => (secret === null ? `Added ${plain(made.name)}.` : secret))
      if (made.secret !== null)
        out.note(`Added ${made.name}. This secret verifies its messages and is not shown again.`)
    }),
  )

  withExample(
    channels
      .command('test')
      .argument('<channel>', 'Id, the beginning of it, or the name.')
      .description('Send a test message now and tell what became of it.'),
    'assay alerts channels test ops',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const id = await resolveId('alert channel', written, () => client.listAlertChannels())
      const delivery = await client.testAlertChannel({ params: { id } })
      out.show(delivery, ({ state, lastError }) =>
        state === 'delivered' ? 'Delivered.' : `Failed: ${plain(lastError ?? '')}`,
      )
      return delivery.state === 'delivered' ? 0 : FAILED
    }),
  )

  withExample(
    channels
      .command('rotate')
      .argument('<channel>', 'Id, the beginning of it, or the name.')
      .description('Give a webhook a new secret; for 24 hours both sign.'),
    'assay alerts channels rotate ops',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const id = await resolveId('alert channel', written, () => client.listAlertChannels())
      const { secret, ...channel } = await client.rotateAlertChannel({ params: { id } })
      out.show({ ...channel, secret }, () => secret ?? '')
      out.note('The secret before it signs for 24 hours more.')
    }),
  )

  withExample(
    channels
      .command('remove')
      .argument('<channel>', 'Id, the beginning of it, or the name.')
      .description('Remove a channel from all rules, with the log of what it was sent.')
      .option('--yes', 'Do it; without it the channel is only shown.'),
    'assay alerts channels remove ops --yes',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, { yes }: { yes?: boolean }) => {
      const { client } = await connect()
      const id = await resolveId('alert channel', written, () => client.listAlertChannels())
      if (!yes) {
        const channel = (await client.listAlertChannels()).items.find((one) => one.id === id)
        out.show({ channel, removed: false }, () => `Would remove ${plain(channel?.name ?? id)}. Add --yes to do it.`)
        return
      }
      out.show(await client.removeAlertChannel({ params: { id } }), (channel) => `Removed ${plain(channel.name)}.`)
    }),
  )
}

/** As a command that a script asks ends when the answer is no. */
const FAILED = 1

const channelOf = async (name: string, { email, webhook, slack }: AddOptions) => {
  const given = [email, webhook, slack].filter((one) => one !== undefined)
  if (given.length !== 1) {
    const { AssayError } = await import('@assay/core')
    const reason = 'A channel is one of --email, --webhook and --slack.'
    throw new AssayError('usage.invalid', {
      reason,
      example: `assay alerts channels add ${name} --email you@example.com`,
    })
  }
  if (email) return { kind: 'email' as const, name, to: email }
  return webhook ? { kind: 'webhook' as const, name, url: webhook } : { kind: 'slack' as const, name, url: slack! }
}
