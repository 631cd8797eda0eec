import type { Command } from 'commander'
import type { GatewayKey, Scope } from '@assay/core'
import { apiAction, type ActionContext, withExample } from '../action.ts'
import { resolveId, shortIds } from '../ids.ts'
import { type ListOptions, readPages, withLimit } from '../pages.ts'
import { table } from '../print/table.ts'
import { relativeTime } from '../print/time.ts'
import { plain } from '../print/width.ts'
import { futureTime } from '../times.ts'
import type { Terminal } from '../terminal/terminal.ts'

type CreateOptions = { scope?: string[]; model?: string[]; expires?: string }

/** `assay gateway-keys`: what applications send to the gateway. */
export const gatewayKeysCommand = (program: Command, terminal: Terminal): void => {
  const keys = program.command('gateway-keys').description('Manage the keys that applications send to the gateway.')

  withExample(
    withLimit(keys.command('list').description('List the gateway keys; the keys themselves are never shown.')),
    'assay gateway-keys list',
  ).action(
    apiAction(terminal, async ({ connect, out }, options: ListOptions) => {
      const { client } = await connect()
      const rows = await readPages(options, (query) => client.listGatewayKeys({ query }))
      out.list(
        rows,
        () => keyTable(rows, { out, terminal }),
        'There is no gateway key. Make one with `assay gateway-keys create <name>`.',
      )
    }),
  )

  withExample(
    keys
      .command('create')
      .argument('<name>', 'What to call it, such as the application that gets it.')
      .description('Make a gateway key; this is the only time it is shown.')
      .option('--scope <scope...>', 'What it may do: inference, failures, read, write, tests, admin.')
      .option('--model <glob...>', 'Models it may call, such as sim/*; all when left out.')
      .option('--expires <when>', 'How long it holds such as 30d, or an ISO time.'),
    'assay gateway-keys create shop --scope inference failures',
  ).action(
    apiAction(terminal, async ({ connect, out }, name: string, { scope, model, expires }: CreateOptions) => {
      const body = {
        name,
        ...(scope ? { scopes: scope as Scope[] } : {}),
        ...(model ? { allowedModels: model } : {}),
        ...(expires ? { expiresAt: await futureTime(expires, { flag: '--expires', now: terminal.now() }) } : {}),
      }
      const { client } = await connect()
      const created = await client.createGatewayKey({ body })
      out.show(created, ({ key }) => key)
      out.note('Keep it now: only its hash is stored.')
    }),
  )

  withExample(
    keys
      .command('revoke')
      .argument('<id>', 'Id, the beginning of it, or the name.')
      .description('Revoke a gateway key at once.'),
    'assay gateway-keys revoke shop',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const id = await resolveId('gateway key', written, () => client.listGatewayKeys({ query: { limit: 200 } }))
      const revoked = await client.revokeGatewayKey({ params: { id } })
      out.show(revoked, (key) => `Revoked ${plain(key.name)} (${key.prefix}…${key.last4}).`)
    }),
  )
}

const keyTable = (rows: readonly GatewayKey[], { out, terminal }: ActionContext): string => {
  const short = shortIds(rows.map(({ id }) => id))
  const now = terminal.now()
  const stateOf = ({ revokedAt, expiresAt }: GatewayKey): string => {
    if (revokedAt) return `revoked ${relativeTime(revokedAt, now)}`
    if (!expiresAt) return 'active'
    return `${Date.parse(expiresAt) < now ? 'expired' : 'expires'} ${relativeTime(expiresAt, now)}`
  }
  return table(
    rows,
    [
      { name: 'id', cell: ({ id }) => short(id), paint: out.colours.dim },
      { name: 'name', cell: ({ name }) => name, flexible: true },
      { name: 'key', cell: ({ prefix, last4 }) => `${prefix}…${last4}` },
      { name: 'scopes', cell: ({ scopes }) => scopes.join(' '), flexible: true },
      { name: 'models', cell: ({ allowedModels }) => allowedModels.join(' ') || 'all', flexible: true },
      { name: 'made', cell: ({ createdAt }) => relativeTime(createdAt, now) },
      {
        name: 'state',
        cell: stateOf,
        paint: (text, row) => (stateOf(row).startsWith('e') || row.revokedAt ? out.colours.yellow(text) : text),
      },
    ],
    out,
  )
}
