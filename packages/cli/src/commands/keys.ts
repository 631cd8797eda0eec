import type { Command } from 'commander'
import type { Credential } from '@assay/core'
import { apiAction, type ActionContext, withExample } from '../action.ts'
import { resolveId, shortIds } from '../ids.ts'
import { type ListOptions, readPages, withLimit } from '../pages.ts'
import { table } from '../print/table.ts'
import { relativeTime } from '../print/time.ts'
import { plain } from '../print/width.ts'
import { readSecret } from '../terminal/read-secret.ts'
import type { Terminal } from '../terminal/terminal.ts'

type AddOptions = { url?: string; name?: string; secret?: string }

/** `assay keys`: the workspace's own keys for providers. */
export const keysCommand = (program: Command, terminal: Terminal): void => {
  const keys = program.command('keys').description('Manage the credentials of model providers.')

  withExample(
    withLimit(keys.command('list').description('List the credentials; secrets are never shown.')),
    'assay keys list',
  ).action(
    apiAction(terminal, async ({ connect, out }, options: ListOptions) => {
      const { client } = await connect()
      const credentials = await readPages(options, (query) => client.listCredentials({ query }))
      out.list(
        credentials,
        (rows) => credentialTable(rows, { out, terminal }),
        'No credential is stored. Add one with `assay keys add`, or use the built-in models `sim/…`.',
      )
    }),
  )

  withExample(
    keys
      .command('add')
      .argument('<provider>', 'openai, anthropic, google, or compatible for any server with the OpenAI API.')
      .description('Store the key of a provider, encrypted. It is read from standard input, or asked for.')
      .option('--url <address>', 'Base URL of the API; only a compatible server has none of its own.')
      .option('--name <name>', 'What to call it.', 'default')
      .option('--secret <text>', 'The key itself; it will stand in the history of your shell.'),
    'printenv MODEL_KEY | assay keys add compatible --url https://models.example.com/v1',
  ).action(
    apiAction(terminal, async ({ connect, out }, provider: string, { url, name, secret }: AddOptions) => {
      const body = {
        // The contract names the providers there are when this is none of them.
        provider: provider as Credential['provider'],
        name: name ?? 'default',
        ...(url === undefined ? {} : { baseUrl: url }),
        secret: secret ?? (await readSecret(terminal, { what: `Key for ${provider}`, flag: '--secret' })),
      }
      const { client } = await connect()
      const added = await client.createCredential({ body })
      out.show(added, ({ hint, id, isDefault }) =>
        [`Stored ${plain(hint)} for ${provider}${isDefault ? ', used by default' : ''}.`, id].join('\n'),
      )
      out.note(`Call it with the model \`${provider}/<model>\`.`)
    }),
  )

  withExample(
    keys
      .command('remove')
      .argument('<id>', 'Id, the beginning of it, or the name.')
      .description('Remove a credential; its secret is overwritten at once.'),
    'assay keys remove default',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const id = await resolveId('credential', written, () => client.listCredentials({ query: { limit: 200 } }))
      const removed = await client.removeCredential({ params: { id } })
      out.show(removed, ({ provider, name }) => `Removed ${plain(name)} of ${provider}.`)
    }),
  )
}

const credentialTable = (rows: readonly Credential[], { out, terminal }: ActionContext): string => {
  const short = shortIds(rows.map(({ id }) => id))
  return table(
    rows,
    [
      { name: 'id', cell: ({ id }) => short(id), paint: out.colours.dim },
      { name: 'provider', cell: ({ provider }) => provider },
      { name: 'name', cell: ({ name }) => name, flexible: true },
      { name: 'key', cell: ({ hint }) => hint },
      { name: 'url', cell: ({ baseUrl }) => baseUrl, flexible: true },
      { name: 'default', cell: ({ isDefault }) => (isDefault ? 'yes' : '') },
      { name: 'last used', cell: ({ lastUsedAt }) => relativeTime(lastUsedAt, terminal.now()) },
    ],
    out,
  )
}
