import type { Command } from 'commander'
import { AssayError, formatUsd, type CacheEntry, type cacheEntryStates, type cacheSorts } from '@assay/core'
import { apiAction, type ActionContext, type ApiContext, withExample } from '../action.ts'
import { type ListOptions, readPages, withLimit } from '../pages.ts'
import { fields, table } from '../print/table.ts'
import { relativeTime } from '../print/time.ts'
import { plain } from '../print/width.ts'
import { pastTime } from '../times.ts'
import type { Terminal } from '../terminal/terminal.ts'

type Filter = ListOptions & {
  sort?: (typeof cacheSorts)[number]
  worst?: boolean
  state?: (typeof cacheEntryStates)[number]
  model?: string
  text?: string
}
type Selection = { model?: string; tag?: string; olderThan?: string; all?: boolean; yes?: boolean }

/** `assay cache`: answers that are kept to be given again. */
export const cacheCommand = (program: Command, terminal: Terminal): void => {
  const cache = program.command('cache').description('Look into the kept answers, pin them, stop giving them.')

  withExample(
    withLimit(
      cache
        .command('list')
        .description('List the kept answers, those that saved most first.')
        .option('--sort <by>', 'saved, hits, quality or recent.')
        .option('--worst', 'Turn the order round.')
        .option('--state <state>', 'valid, invalidated, pinned or flagged.')
        .option('--model <model>', 'Model, with or without its provider.')
        .option('--text <text>', 'Part of the prompt.'),
    ),
    'assay cache list --sort quality --worst',
  ).action(
    apiAction(terminal, async ({ connect, out }, options: Filter) => {
      const { sort, worst, state, model, text } = options
      const filter = {
        ...(sort ? { sort } : {}),
        ...(worst ? { order: 'asc' as const } : {}),
        ...(state ? { state } : {}),
        ...(model ? { model } : {}),
        ...(text ? { text } : {}),
      }
      const { client } = await connect()
      const rows = await readPages(options, (page) => client.listCache({ query: { ...filter, ...page } }))
      out.list(rows, () => entryTable(rows, { out, terminal }), 'No answer is kept that matches.')
    }),
  )

  withExample(
    cache.command('show').argument('<key>', 'Key, or the beginning of it.').description('Show one kept answer.'),
    'assay cache show 3f9a1c',
  ).action(
    apiAction(terminal, async (context, written: string) => {
      const { connect, out } = context
      const { client } = await connect()
      const key = await keyOf(context, written)
      const entry = await client.getCacheEntry({ params: { key } })
      out.show(entry, () => `${entryText(entry, context)}\n\n${plain(JSON.stringify(entry.answer, null, 2))}`)
    }),
  )

  withExample(
    cache
      .command('pin')
      .argument('<key>', 'Key, or the beginning of it.')
      .option('--off', 'Take the pin away.')
      .description('Pin a kept answer: it goes last when room is needed, and votes only flag it.'),
    'assay cache pin 3f9a1c',
  ).action(
    apiAction(terminal, async (context, written: string, { off }: { off?: boolean }) => {
      const { connect, out } = context
      const { client } = await connect()
      const key = await keyOf(context, written)
      const entry = await client.updateCacheEntry({ params: { key }, body: { pinned: off !== true } })
      out.show(entry, ({ pinned }) => (pinned ? 'Pinned.' : 'No longer pinned.'))
    }),
  )

  withExample(
    cache
      .command('invalidate')
      .argument('[key]', 'Key, or the beginning of it; left out, what the options name.')
      .option('--model <model>', 'Answers of this model, with or without its provider.')
      .option('--tag <tag>', 'Answers to requests with this tag, as name or name=value.')
      .option('--older-than <time>', 'Age such as 2h or 7d, or an ISO time.')
      .option('--all', 'All of them; needs --yes.')
      .option('--yes', 'Do not ask whether it is meant.')
      .description('Stop giving kept answers; the next equal request calls the model again.'),
    'assay cache invalidate --model gpt-4o --older-than 7d',
  ).action(
    apiAction(terminal, async (context, written: string | undefined, options: Selection) => {
      const { connect, out } = context
      const { model, tag, olderThan, all, yes } = options
      const filter = {
        ...(written ? { keys: [await keyOf(context, written)] } : {}),
        ...(model ? { model } : {}),
        ...(tag ? { tag } : {}),
        ...(olderThan ? { olderThan: await pastTime(olderThan, { flag: '--older-than', now: terminal.now() }) } : {}),
      }
      const names = Object.keys(filter).length
      const example = 'assay cache invalidate --all --yes'
      if (names === 0 && !all) {
        throw new AssayError('usage.invalid', { reason: 'name a key, --model, --tag, --older-than or --all', example })
      }
      if (all && !yes) throw new AssayError('usage.invalid', { reason: '--all needs --yes', example })
      const { client } = await connect()
      const reply = await client.invalidateCache({ body: names === 0 ? { all: true } : filter })
      out.show(reply, ({ count }) => `${count} ${count === 1 ? 'answer is' : 'answers are'} no longer given.`)
    }),
  )
}

const WHOLE = /^[0-9a-f]{64}$/

/** A key by its beginning, among those that a person is likely to have just seen. */
const keyOf = async ({ connect }: Pick<ApiContext, 'connect'>, written: string): Promise<string> => {
  if (WHOLE.test(written)) return written
  const { client } = await connect()
  const lists = await Promise.all(
    (['saved', 'recent'] as const).map((sort) => client.listCache({ query: { sort, limit: 200 } })),
  )
  const keys = new Set(lists.flatMap(({ items }) => items.map(({ key }) => key)))
  const found = [...keys].filter((key) => written !== '' && key.startsWith(written))
  if (found.length === 1) return found[0]!
  if (found.length === 0) throw new AssayError('resource.not_found', { what: 'kept answer', id: written })
  throw new AssayError('usage.invalid', { reason: `${found.length} keys begin with ${written}` })
}

const SHOWN_KEY = 12

const entryTable = (
  rows: readonly CacheEntry[],
  { out, terminal }: { out: ActionContext['out']; terminal: Terminal },
) => {
  const now = terminal.now()
  return table(
    rows,
    [
      { name: 'key', cell: ({ key }) => key.slice(0, SHOWN_KEY), paint: out.colours.dim },
      { name: 'state', cell: stateOf, paint: (text, row) => (row.flagged ? out.colours.yellow(text) : text) },
      { name: 'model', cell: ({ provider, model }) => `${provider}/${model}`, flexible: true },
      { name: 'hits', cell: ({ hitCount }) => String(hitCount), align: 'right' },
      { name: 'saved', cell: ({ savedNanoUsd }) => formatUsd(savedNanoUsd), align: 'right' },
      { name: 'votes', cell: ({ upvotes, downvotes }) => `${upvotes}/${downvotes}`, align: 'right' },
      { name: 'quality', cell: ({ qualityScore }) => qualityScore.toFixed(2), align: 'right' },
      { name: 'used', cell: ({ lastAccessedAt }) => relativeTime(lastAccessedAt, now) },
      { name: 'prompt', cell: ({ promptPreview }) => promptPreview, flexible: true },
    ],
    out,
  )
}

const entryText = (entry: CacheEntry, { out }: Pick<ActionContext, 'out'>): string =>
  fields(
    [
      ['key', entry.key],
      ['state', stateOf(entry)],
      ['model', plain(`${entry.provider}/${entry.model}`)],
      ['prompt', plain(entry.promptPreview)],
      ['made', `${entry.createdAt} by request ${entry.requestId}`],
      ['expires', entry.expiresAt],
      ['hits', String(entry.hitCount)],
      ['saved', `${formatUsd(entry.savedNanoUsd)} (${formatUsd(entry.costNanoUsd)} each)`],
      ['votes', `${entry.upvotes} up, ${entry.downvotes} down, quality ${entry.qualityScore.toFixed(2)}`],
    ],
    out.colours,
  )

const stateOf = ({ invalidationReason, flagged, pinned }: CacheEntry): string =>
  invalidationReason ?? (flagged ? 'flagged' : pinned ? 'pinned' : 'valid')
