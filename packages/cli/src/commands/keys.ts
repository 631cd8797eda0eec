import type { Command } from 'commander'
import { apiAction, withExample } from '../action.ts'
import {
  type CredentialFlags,
  credentialFieldsOf,
  secretOf,
  withCredentialFlags,
  withSecretFlags,
} from '../credential.ts'
import { resolveId } from '../ids.ts'
import { type ListOptions, readPages, withLimit } from '../pages.ts'
import { plain } from '../print/width.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { changeKeysCommands } from './keys-change.ts'
import { masterKeyCommands } from './keys-master.ts'

type AddOptions = CredentialFlags & { name?: string; check: boolean }

/** `assay keys`: the workspace's own keys for providers, and the keys that these are sealed with. */
export const keysCommand = (program: Command, terminal: Terminal): void => {
  const keys = program.command('keys').description('Manage the credentials of model providers.')

  withExample(
    withLimit(keys.command('list').description('List the credentials; secrets are never shown.')),
    'assay keys list',
  ).action(
    apiAction(terminal, async ({ connect, out }, options: ListOptions) => {
      const { credentialTable } = await import('../print/keys.ts')
      const { client } = await connect()
      const credentials = await readPages(options, (query) => client.listCredentials({ query }))
      out.list(
        credentials,
        (rows) => credentialTable(rows, { out, now: terminal.now() }),
        'No credential is stored. Add one with `assay keys add`, or use the built-in models `sim/…`.',
      )
    }),
  )

  withExample(
    keys
      .command('show')
      .argument('<id>', 'Id, the beginning of it, or the name.')
      .description('Show all that may be known of one credential.'),
    'assay keys show default',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { credentialText } = await import('../print/keys.ts')
      const { client } = await connect()
      const id = await resolveId('credential', written, () => client.listCredentials({ query: { limit: 200 } }))
      const credential = await client.getCredential({ params: { id } })
      out.show(credential, () => credentialText(credential, { out, now: terminal.now() }))
    }),
  )

  withExample(
    withSecretFlags(
      withCredentialFlags(
        keys
          .command('add')
          .argument(
            '<provider>',
            'openai, anthropic, google, azure, compatible for any server with the OpenAI API, or one of those by name: groq, xai, mistral, openrouter, deepseek, ollama and others.',
          )
          .description(
            'Store the key of a provider, encrypted, once the provider accepts it. It is read from standard input, or asked for.',
          )
          .option('--name <name>', 'What to call it; left out, the name of the server, or default.')
          .option('--no-check', 'Store it without asking the provider.'),
      ),
    ),
    'printenv MODEL_KEY | assay keys add compatible --url https://models.example.com/v1',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, options: AddOptions) => {
      const { presetOf } = await import('@assay/core')
      const preset = presetOf(written)
      const { provider, ...more } = await credentialFieldsOf(
        { ...(preset ? { url: preset.baseUrl } : {}), ...options, provider: preset ? 'compatible' : written },
        terminal,
      )
      const secret =
        preset?.isLocal && !options.secret && !options.fromEnv
          ? 'none'
          : await secretOf(terminal, options, { what: `Key for ${written}`, out })
      const { client } = await connect()
      const added = await client.createCredential({
        query: { check: options.check ? 'true' : 'false' },
        // The contract names the providers there are when this is none of them.
        body: { ...more, provider: provider!, name: options.name ?? preset?.name ?? 'default', secret },
      })
      out.show(added, ({ hint, id, isDefault }) =>
        [`Stored ${plain(hint)} for ${plain(written)}${isDefault ? ', used by default' : ''}.`, id].join('\n'),
      )
      out.note(`Call it with the model \`${added.provider}/<model>\`.`)
      if (!added.isDefault)
        out.note(`Another serves by default; make it this one with \`assay keys default ${added.id}\`.`)
    }),
  )

  changeKeysCommands(keys, terminal)
  masterKeyCommands(keys, terminal)
}
