import { type Command, Option } from 'commander'
import { cacheStates, complexities, requestStatuses, type RequestFilter } from '@assay/core'
import type { Client } from '@assay/client'
import { resolveId } from '../ids.ts'
import { pastTime } from '../times.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** What the log is narrowed down to, as it is written on a command line. */
export type WrittenFilter = {
  status?: RequestFilter['status']
  provider?: string
  model?: string
  key?: string
  complexity?: RequestFilter['complexity']
  cache?: RequestFilter['cache']
  error?: string
  tag?: string
  conversation?: string
  text?: string
  since?: string
  until?: string
}

/** Gives a command the filters of the request log, all but those of time. */
export const withRequestFilter = (command: Command): Command =>
  command
    .addOption(new Option('--status <status>', 'How it ended.').choices(requestStatuses))
    .option('--provider <provider>', 'Answering provider.')
    .option('--model <model>', 'Requested or answering model, in full.')
    .option('--key <key>', 'Gateway key: its name, or its id or the beginning of it.')
    .addOption(new Option('--complexity <class>', 'How hard it was taken to be.').choices(complexities))
    .addOption(new Option('--cache <state>', 'What the response cache did.').choices(cacheStates))
    .option('--error <code>', 'Code of the error, such as gateway.timeout.')
    .option('--tag <tag>', 'Tag as name=value, or its name alone.')
    .option('--conversation <id>', 'Your id of the conversation.')
    .option('--text <text>', 'Part of the prompt, or of the body where it is kept.')

/** The same with the filters of time. */
export const withTimedFilter = (command: Command): Command =>
  withRequestFilter(command)
    .option('--since <time>', 'Age such as 2h or 7d, or an ISO time.')
    .option('--until <time>', 'The same; without this moment itself.')

/** Reads what needs no server, so that a mistake is told before one is asked. */
export const readTimes = async (
  { since, until }: WrittenFilter,
  { now }: Pick<Terminal, 'now'>,
): Promise<Pick<RequestFilter, 'since' | 'until'>> => {
  const from = since && (await pastTime(since, { flag: '--since', now: now() }))
  const to = until && (await pastTime(until, { flag: '--until', now: now() }))
  if (from && to && from >= to) {
    const { AssayError } = await import('@assay/core')
    const reason = `--since ${since} lies at or after --until ${until}, so nothing can match.`
    throw new AssayError('usage.invalid', { reason, example: '--since 7d --until 1d' })
  }
  return { ...(from ? { since: from } : {}), ...(to ? { until: to } : {}) }
}

/** The filter as the server takes it: a key may be named by its name. */
export const readFilter = async (
  { status, provider, model, key, complexity, cache, error, tag, conversation, text }: WrittenFilter,
  client: Client,
): Promise<RequestFilter> => ({
  ...(status ? { status } : {}),
  ...(provider ? { provider } : {}),
  ...(model ? { model } : {}),
  ...(key ? { key: await resolveId('gateway key', key, () => client.listGatewayKeys({ query: { limit: 200 } })) } : {}),
  ...(complexity ? { complexity } : {}),
  ...(cache ? { cache } : {}),
  ...(error ? { errorCode: error } : {}),
  ...(tag ? { tag } : {}),
  ...(conversation ? { conversation } : {}),
  ...(text ? { text } : {}),
})
