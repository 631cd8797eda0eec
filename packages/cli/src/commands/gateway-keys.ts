import type { Command } from 'commander'
import type { Client } from '@assay/client'
import { readDuration } from '../amounts.ts'
import { apiAction, withExample } from '../action.ts'
import { readBudget, readPolicy, withPolicy, type PolicyOptions } from '../gateway-key-options.ts'
import { resolveId } from '../ids.ts'
import { type ListOptions, readPages, withLimit } from '../pages.ts'
import { budgetOf, keyFields, keyTable } from '../print/gateway-keys.ts'
import { table } from '../print/table.ts'
import { relativeTime } from '../print/time.ts'
import { plain } from '../print/width.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** `assay gateway-keys`: what applications send to the gateway. */
export const gatewayKeysCommand = (program: Command, terminal: Terminal): void => {
  const keys = program.command('gateway-keys').description('Manage the keys that applications send to the gateway.')
  addLooking(keys, terminal)
  addChanging(keys, terminal)
  addBudget(keys, terminal)
}

const WHICH = 'Id, the beginning of it, or the name.'

const addLooking = (keys: Command, terminal: Terminal): void => {
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
    keys.command('show').argument('<id>', WHICH).description('Show one gateway key and what is gone of its budget.'),
    'assay gateway-keys show shop',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const key = await client.getGatewayKey({ params: { id: await idOf(client, written) } })
      out.show(key, () => keyFields(key, { out, terminal }))
    }),
  )
}

const addChanging = (keys: Command, terminal: Terminal): void => {
  withExample(
    withPolicy(
      keys
        .command('create')
        .argument('<name>', 'What to call it, such as the application that gets it.')
        .description('Make a gateway key; this is the only time it is shown.'),
    ),
    "assay gateway-keys create shop --models 'openai/*' --rpm 60 --tpm 100000 --budget 5usd --per day --expires 30d",
  ).action(
    apiAction(terminal, async ({ connect, out }, name: string, options: PolicyOptions) => {
      const body = { name, ...(await readPolicy(options, terminal.now())) }
      const { client } = await connect()
      const created = await client.createGatewayKey({ body })
      out.show(created, ({ key }) => key)
      out.note('Keep it now: only its hash is stored.')
    }),
  )

  withExample(
    withPolicy(
      keys
        .command('update')
        .argument('<id>', WHICH)
        .description('Change a gateway key; what is not named stays, and `none` lifts a limit.')
        .option('--name <name>', 'What to call it from now on.'),
    ),
    'assay gateway-keys update shop --rpm 120 --budget none',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, options: PolicyOptions & { name?: string }) => {
      const { name } = options
      const body = { ...(name ? { name } : {}), ...(await readPolicy(options, terminal.now())) }
      const { client } = await connect()
      const updated = await client.updateGatewayKey({ params: { id: await idOf(client, written) }, body })
      out.show(updated, () => keyFields(updated, { out, terminal }))
    }),
  )

  withExample(
    keys
      .command('rotate')
      .argument('<id>', WHICH)
      .description('Put a new key in the place of one; both share limits and budget. The new one is shown once.')
      .option('--grace <time>', 'How long the old key still works, such as 10min or 1d.', '0'),
    'assay gateway-keys rotate shop --grace 1d',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, { grace }: { grace: string }) => {
      const graceMs = await readDuration(grace, '--grace')
      const { client } = await connect()
      const rotated = await client.rotateGatewayKey({
        params: { id: await idOf(client, written) },
        body: { graceMs },
      })
      out.show(rotated, ({ key }) => key)
      out.note(graceMs === 0 ? 'The old key works no more.' : `The old key still works for ${grace}.`)
    }),
  )

  withExample(
    keys.command('revoke').argument('<id>', WHICH).description('Revoke a gateway key at once.'),
    'assay gateway-keys revoke shop',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const revoked = await client.revokeGatewayKey({ params: { id: await idOf(client, written) } })
      out.show(revoked, (key) => `Revoked ${plain(key.name)} (${key.prefix}…${key.last4}).`)
    }),
  )
}

const addBudget = (keys: Command, terminal: Terminal): void => {
  withExample(
    keys
      .command('budget')
      .description('Show the budgets of the workspace and its keys, or set the one that all keys share.')
      .option('--set <usd>', 'What all keys together may spend, such as 100usd; `none` lifts it.')
      .option('--per <window>', 'The window: hour, day, month (default) or total.')
      .option('--release <id>', 'Give back what a budget lost to a process that never told what became of it.'),
    'assay gateway-keys budget --set 100usd --per month',
  ).action(
    apiAction(
      terminal,
      async ({ connect, out }, { set, per, release }: { set?: string; per?: string; release?: string }) => {
        const wanted = set === undefined ? null : await readBudget({ budget: set, ...(per ? { per } : {}) })
        const { client } = await connect()
        if (wanted) {
          const { budgetNanoUsd = null, budgetWindow = null } = wanted
          await client.setWorkspaceBudget({ body: { budgetNanoUsd, budgetWindow } })
        }
        if (release !== undefined) await client.releaseLostBudget({ params: { id: release } })
        const { items } = await client.listBudgets()
        const names = new Map(
          (await client.listGatewayKeys({ query: { limit: 200 } })).items.map((key) => [key.id, key.name]),
        )
        out.list(
          items,
          () =>
            table(
              items,
              [
                { name: 'of', cell: ({ keyId }) => (keyId === null ? 'the workspace' : (names.get(keyId) ?? keyId)) },
                { name: 'used', cell: (budget) => budgetOf(budget) },
                {
                  name: 'resets',
                  cell: ({ resetsAt }) => (resetsAt === null ? 'never' : relativeTime(resetsAt, terminal.now())),
                },
                { name: 'lost', cell: ({ lostNanoUsd, id }) => (lostNanoUsd > 0 ? `yes, in ${id}` : '—') },
              ],
              out,
            ),
          'There is no budget. Set one with `assay gateway-keys budget --set 100usd`, or give a key its own.',
        )
      },
    ),
  )
}

const idOf = (client: Client, written: string): Promise<string> =>
  resolveId('gateway key', written, () => client.listGatewayKeys({ query: { limit: 200 } }))
