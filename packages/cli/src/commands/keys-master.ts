import type { Command } from 'commander'
import { apiAction, withExample } from '../action.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** The keys that data keys are wrapped with: the operator's business. */
export const masterKeyCommands = (keys: Command, terminal: Terminal): void => {
  withExample(
    keys.command('status').description('List the master keys and how many data keys each still opens.'),
    'assay keys status',
  ).action(
    apiAction(terminal, async ({ connect, out }) => {
      const { masterKeyTable } = await import('../print/keys.ts')
      const { client } = await connect()
      const { keys: rows } = await client.getMasterKeys({})
      out.list(rows, () => masterKeyTable(rows, { out }), 'There is no master key.')
    }),
  )

  withExample(
    keys
      .command('rotate-master')
      .description('Wrap every data key with a new master key while requests go on; the old one is kept until told.')
      .option('--forget <key>', 'Take this former key out of the key file instead, once it opens nothing.'),
    'assay keys rotate-master',
  ).action(
    apiAction(terminal, async ({ connect, out }, { forget }: { forget?: string }) => {
      const { masterKeyTable } = await import('../print/keys.ts')
      const { client } = await connect()
      const turn = async () => {
        const rotated = await client.rotateMasterKey({ body: {} })
        out.note(`${rotated.rewrapped} data keys were wrapped anew.`)
        return rotated
      }
      const changed = await (forget === undefined ? turn() : client.forgetMasterKey({ body: { keyId: forget } }))
      out.show(changed, ({ keys: rows }) => masterKeyTable(rows, { out }))
      const former = changed.keys.filter(({ isCurrent, dataKeys, source }) => !isCurrent && dataKeys === 0 && source)
      for (const { id } of former) {
        out.note(`Backups from before need ${id}; without them it may go: \`assay keys rotate-master --forget ${id}\`.`)
      }
    }),
  )
}
