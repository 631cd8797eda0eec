import type { Command } from 'commander'
import type { ContractCall, CredentialProvider, Api } from '@assay/core'
import { readSecret } from './terminal/read-secret.ts'
import type { Output } from './terminal/output.ts'
import type { Terminal } from './terminal/terminal.ts'
import { futureTime } from './times.ts'

/** What may be said of a credential beside its secret. */
export type CredentialFlags = SecretFlags & {
  provider?: string
  url?: string
  organization?: string
  project?: string
  region?: string
  apiVersion?: string
  deployment?: string[]
  header?: string[]
  expires?: string
  maxAge?: string
}

/** Where a secret comes from when not from standard input. */
export type SecretFlags = { secret?: string; fromEnv?: string }

/** Gives a command the switches of what a provider wants to know beside the key. */
export const withCredentialFlags = (command: Command): Command =>
  command
    .option('--url <address>', 'Base URL of the API; a compatible server and azure have none of their own.')
    .option('--organization <id>', 'OpenAI: the organization that is billed.')
    .option('--project <id>', 'OpenAI: the project that is billed.')
    .option('--region <name>', 'Where the provider is asked to work.')
    .option('--api-version <version>', 'Azure: the api-version of its calls.')
    .option('--deployment <model=name...>', 'Azure: which deployment serves which model.')
    .option('--header <name=value...>', 'Further headers of each call, of a fixed list.')
    .option('--expires <when>', 'Until when it may be used, such as 90d, or an ISO time; never for no end.')
    .option('--max-age <days>', 'After how many days the secret is due to be replaced; never for no policy.')

/** Gives a command the switches that say where its secret comes from. */
export const withSecretFlags = (command: Command): Command =>
  command
    .option('--from-env <name>', 'Take the key from this variable of the environment.')
    .option('--secret <text>', 'The key itself; it will stand in the history of your shell.')

type Fields = Omit<ContractCall<Api['updateCredential']>['body'], 'secret' | 'name' | 'status'>

/** The fields of a credential that the switches name, as the contract takes them. */
export const credentialFieldsOf = async (flags: CredentialFlags, { now }: Pick<Terminal, 'now'>): Promise<Fields> => {
  const { provider, url, expires, maxAge, organization, project, region, apiVersion, deployment, header } = flags
  const options = {
    ...(organization === undefined ? {} : { organization }),
    ...(project === undefined ? {} : { project }),
    ...(region === undefined ? {} : { region }),
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(deployment ? { deployments: await pairsOf(deployment, '--deployment gpt-4o=my-deployment') } : {}),
    ...(header ? { headers: await pairsOf(header, '--header x-title=Shop') } : {}),
  }
  return {
    // The contract names the providers there are when this is none of them.
    ...(provider === undefined ? {} : { provider: provider as CredentialProvider }),
    ...(url === undefined ? {} : { baseUrl: url }),
    ...(Object.keys(options).length > 0 ? { options } : {}),
    ...(expires === undefined
      ? {}
      : { expiresAt: expires === 'never' ? null : await futureTime(expires, { flag: '--expires', now: now() }) }),
    ...(maxAge === undefined ? {} : { maxAgeDays: maxAge === 'never' ? null : Number(maxAge.replace(/d$/, '')) }),
  }
}

/** The secret: from a variable, from the command line with a warning, else from standard input or asked for. */
export const secretOf = async (
  terminal: Terminal,
  { secret, fromEnv }: SecretFlags,
  { what, out }: { what: string; out: Pick<Output, 'note'> },
): Promise<string> => {
  if (secret !== undefined) {
    out.note('A key on the command line stands in the history of your shell and in the list of processes.')
    return secret
  }
  if (fromEnv === undefined) return readSecret(terminal, { what, flag: '--secret' })
  const found = terminal.environment[fromEnv]
  if (found) return found
  const { AssayError } = await import('@assay/core')
  throw new AssayError('usage.invalid', { reason: `${fromEnv} is not set.`, example: `${fromEnv}=… assay keys add …` })
}

const pairsOf = async (written: readonly string[], example: string): Promise<Record<string, string>> => {
  const pairs = written.map((pair) => /^([^=]+)=(.+)$/.exec(pair)?.slice(1) ?? [pair])
  const wrong = pairs.find(({ length }) => length !== 2)
  if (!wrong) return Object.fromEntries(pairs) as Record<string, string>
  const { AssayError } = await import('@assay/core')
  throw new AssayError('usage.invalid', { reason: `${wrong[0]} is not name=value.`, example })
}
