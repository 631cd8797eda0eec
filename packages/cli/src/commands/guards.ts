import type { Command } from 'commander'
import type { GuardBody, GuardReply } from '@assay/core'
import { apiAction, type ActionContext, withExample } from '../action.ts'
import { resolveId, shortIds } from '../ids.ts'
import { table } from '../print/table.ts'
import { plain } from '../print/width.ts'
import type { Terminal } from '../terminal/terminal.ts'

type AddOptions = {
  when: string
  kind: string
  action: string
  pattern?: string
  ignoreCase?: boolean
  mask?: string
  max?: string
  schema?: string
  category?: string[]
  key?: string
  onError?: string
}

/** `assay guards`: what looks at requests and answers on their way. */
export const guardsCommand = (program: Command, terminal: Terminal): void => {
  const guards = program.command('guards').description('Manage what looks at requests and answers on their way.')

  withExample(
    guards.command('list').description('List the guards in the order they look.'),
    'assay guards list',
  ).action(
    apiAction(terminal, async ({ connect, out }) => {
      const { client } = await connect()
      const { items } = await client.listGuards()
      out.list(items, () => guardTable(items, out), 'There is no guard. Add one with `assay guards add`.')
    }),
  )

  withExample(
    guards
      .command('add')
      .argument('<name>', 'What a blocked caller is told: a-z, 0-9, - and _.')
      .description('Add a guard behind the others.')
      .requiredOption('--when <when>', 'in: looks at requests; out: at answers.')
      .requiredOption('--kind <kind>', 'regex, pii, size, json_schema or moderation.')
      .requiredOption('--action <action>', 'block, mask or flag.')
      .option('--pattern <pattern>', 'regex: what is looked for, in RE2 syntax.')
      .option('--ignore-case', 'regex: letters of either case.')
      .option('--mask <text>', 'regex: what stands in the place of a match.')
      .option('--max <characters>', 'size: the most characters.')
      .option('--schema <file>', 'json_schema: a file with the JSON Schema.')
      .option('--category <name...>', 'moderation: only these categories.')
      .option('--key <key>', 'Only for this gateway key: its id or name.')
      .option('--on-error <way>', 'open: lets through what it could not look at; closed: does not.'),
    "assay guards add order-numbers --when out --kind regex --action mask --pattern 'ORD-[0-9]+'",
  ).action(
    apiAction(terminal, async ({ connect, out }, name: string, options: AddOptions) => {
      const written = { ...(await guardOf(name, options)), ...(options.onError ? { onError: options.onError } : {}) }
      const { client } = await connect()
      const keyId = options.key
        ? await resolveId('gateway key', options.key, () => client.listGatewayKeys({ query: { limit: 200 } }))
        : null
      const added = await client.createGuard({ body: { ...written, keyId } as GuardBody })
      out.show(added, (guard) => `Added ${plain(guard.name)}.`)
    }),
  )

  withExample(
    guards
      .command('remove')
      .argument('<guard>', 'Id, the beginning of it, or the name.')
      .description('Remove a guard at once.'),
    'assay guards remove order-numbers',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const id = await resolveId('guard', written, () => client.listGuards())
      out.show(await client.removeGuard({ params: { id } }), (guard) => `Removed ${plain(guard.name)}.`)
    }),
  )

  withExample(
    guards
      .command('try')
      .argument('<text>', 'What to look at; - reads it from stdin.')
      .description('Show what the guards would make of a text, without a model.')
      .option('--when <when>', 'in or out.', 'in'),
    "assay guards try 'where is ORD-123?'",
  ).action(
    apiAction(terminal, async ({ connect, out }, text: string, { when }: { when: string }) => {
      const words = text === '-' ? await readAll(terminal) : text
      const { client } = await connect()
      const trial = await client.tryGuards({ body: { text: words, when: when as 'in' } })
      out.show(trial, (told) => (told.outcome === 'blocked' ? `blocked by ${told.blockedBy}` : plain(told.text ?? '')))
      if (trial.flags.length > 0) out.note(`Found by ${trial.flags.join(', ')}.`)
      return trial.outcome === 'blocked' ? BLOCKED : 0
    }),
  )
}

const BLOCKED = 1

const guardOf = async (name: string, given: AddOptions): Promise<object> => {
  const { when, kind, action, pattern, ignoreCase, mask, max, schema, category } = given
  const options = {
    ...(pattern === undefined ? {} : { pattern }),
    ...(ignoreCase ? { ignoreCase } : {}),
    ...(mask === undefined ? {} : { mask }),
    ...(max === undefined ? {} : { maxCharacters: Number(max) }),
    ...(schema === undefined ? {} : { schema: await readJson(schema) }),
    ...(category === undefined ? {} : { categories: category }),
  }
  return { name, when, kind, action, ...(Object.keys(options).length > 0 ? { options } : {}) }
}

const readJson = async (path: string): Promise<unknown> => {
  const { readFile } = await import('node:fs/promises')
  const { AssayError } = await import('@assay/core')
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    const reason = `${path} cannot be read as JSON: ${error instanceof Error ? error.message : String(error)}.`
    throw new AssayError('usage.invalid', { reason, example: '--schema answer.schema.json' }, { cause: error })
  }
}

const readAll = async ({ stdin }: Terminal): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

const guardTable = (rows: readonly GuardReply[], out: ActionContext['out']): string => {
  const short = shortIds(rows.map(({ id }) => id))
  return table(
    rows,
    [
      { name: 'id', cell: ({ id }) => short(id), paint: out.colours.dim },
      { name: 'name', cell: ({ name }) => name, flexible: true },
      { name: 'when', cell: ({ when }) => when },
      { name: 'kind', cell: ({ kind }) => kind },
      { name: 'action', cell: ({ action }) => action },
      { name: 'looks for', cell: ({ options }) => detailOf(options), flexible: true },
      { name: 'for', cell: ({ keyId }) => (keyId === null ? 'all keys' : `key ${keyId.slice(0, 8)}`) },
      { name: 'state', cell: ({ enabled }) => (enabled ? 'on' : 'off') },
    ],
    out,
  )
}

const detailOf = ({ pattern, maxCharacters, schema }: Record<string, unknown>): string => {
  if (typeof pattern === 'string') return pattern
  if (typeof maxCharacters === 'number') return `more than ${maxCharacters} characters`
  return schema === undefined ? '' : JSON.stringify(schema)
}
