import type { Client } from '@assay/client'
import type { Command } from 'commander'
import { apiAction, withExample } from '../action.ts'
import {
  type CredentialFlags,
  credentialFieldsOf,
  type SecretFlags,
  secretOf,
  withCredentialFlags,
  withSecretFlags,
} from '../credential.ts'
import { resolveId } from '../ids.ts'
import { plain } from '../print/width.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { lengthMs } from '../times.ts'

type UpdateOptions = CredentialFlags & { status?: 'active' | 'inactive'; check: boolean }
type RotateOptions = SecretFlags & { grace: string }

const NOT_ACCEPTED = 5
const which = ['<id>', 'Id, the beginning of it, or the name.'] as const

/** What happens to a credential after it was stored. */
export const changeKeysCommands = (keys: Command, terminal: Terminal): void => {
  const idOf = (client: Client, written: string): Promise<string> =>
    resolveId('credential', written, () => client.listCredentials({ query: { limit: 200 } }))

  withExample(
    keys
      .command('check')
      .argument(...which)
      .description('Ask the provider whether it accepts a credential; a good answer makes an invalid one active.'),
    'assay keys check default',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { checkText } = await import('../print/keys.ts')
      const { client } = await connect()
      const check = await client.checkStoredCredential({ params: { id: await idOf(client, written) } })
      out.show(check, checkText)
      return check.ok ? 0 : NOT_ACCEPTED
    }),
  )

  withExample(
    keys
      .command('default')
      .argument(...which)
      .description('Let a credential serve its provider by default.'),
    'assay keys default default',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const chosen = await client.setDefaultCredential({ params: { id: await idOf(client, written) } })
      out.show(chosen, ({ name, provider }) => `${plain(name)} serves ${provider} by default.`)
    }),
  )

  withExample(
    keys
      .command('rename')
      .argument(...which)
      .argument('<name>', 'Its new name.')
      .description('Give a credential another name; what is sealed is not touched.'),
    'assay keys rename default production',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, name: string) => {
      const { client } = await connect()
      const renamed = await client.updateCredential({ params: { id: await idOf(client, written) }, body: { name } })
      out.show(renamed, (credential) => `It is called ${plain(credential.name)} now.`)
    }),
  )

  withExample(
    withSecretFlags(
      withCredentialFlags(
        keys
          .command('update')
          .argument(...which)
          .description('Change a credential; another address or provider needs its key again, asked for or piped in.')
          .option('--provider <name>', 'Another provider.')
          .option('--status <status>', 'active or inactive.')
          .option('--no-check', 'Do not ask the provider about a new key.'),
      ),
    ),
    'assay keys update default --status inactive',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, options: UpdateOptions) => {
      const { status, provider, url, secret, fromEnv, check } = options
      const changes = await credentialFieldsOf(options, terminal)
      const isNew = [provider, url, secret, fromEnv].some((given) => given !== undefined)
      const key = isNew ? await secretOf(terminal, options, { what: 'Key', out }) : undefined
      const { client } = await connect()
      const updated = await client.updateCredential({
        params: { id: await idOf(client, written) },
        query: { check: key !== undefined && check ? 'true' : 'false' },
        body: { ...changes, ...(status ? { status } : {}), ...(key === undefined ? {} : { secret: key }) },
      })
      out.show(updated, ({ name, provider: of, status: now }) => `Changed ${plain(name)} of ${of}, ${now}.`)
    }),
  )

  withExample(
    withSecretFlags(
      keys
        .command('rotate')
        .argument(...which)
        .description('Replace the key of a credential, once its provider accepts the new one.')
        .option(
          '--grace <time>',
          'How long the old key is kept for requests that began before, such as 10min.',
          '10min',
        ),
    ),
    'printenv NEW_KEY | assay keys rotate default --grace 1h',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, options: RotateOptions) => {
      const graceMs = await lengthMs(options.grace, { flag: '--grace' })
      const secret = await secretOf(terminal, options, { what: 'New key', out })
      const { client } = await connect()
      const rotated = await client.rotateCredential({
        params: { id: await idOf(client, written) },
        body: { secret, graceMs },
      })
      out.show(rotated, ({ name, hint }) => `${plain(name)} has the key ${plain(hint)} now.`)
    }),
  )

  withExample(
    keys
      .command('remove')
      .argument(...which)
      .description('Remove a credential; its secret is overwritten at once.'),
    'assay keys remove default',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const removed = await client.removeCredential({ params: { id: await idOf(client, written) } })
      out.show(removed, ({ provider, name }) => `Removed ${plain(name)} of ${provider}.`)
      if (removed.note) out.note(removed.note)
    }),
  )
}
