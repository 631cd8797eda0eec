import { type CaseResult, cutResult, type Page, type ResultFilter, type RunSide } from '@assay/core'
import { type Selectable, sql } from 'kysely'
import { z } from 'zod'
import { decodeCursor, isAfter, limitOf, pageFrom, type PageOptions } from './cursor.ts'
import { escapeLike } from './requests.ts'
import { type Database, json, jsonOrNull } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'
import { storable } from './storable.ts'

/** Keeps results of a run; the same case, model and repeat again replaces the earlier result. */
export const saveResults = async (
  { db, workspaceId }: WorkspaceScope,
  runId: string,
  results: readonly CaseResult[],
): Promise<void> => {
  // One statement cannot change a row twice.
  const last = new Map(results.map((one) => [JSON.stringify([one.caseKey, one.model, one.repeat]), one]))
  const rows = [...last.values()].map((result) => ({ ...rowOf(result), workspaceId, runId }))
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    await db
      .insertInto('results')
      .values(rows.slice(start, start + ROWS_PER_STATEMENT))
      .onConflict((conflict) =>
        conflict.columns(['runId', 'caseKey', 'model', 'repeat']).doUpdateSet((eb) => ({
          title: eb.ref('excluded.title'),
          status: eb.ref('excluded.status'),
          score: eb.ref('excluded.score'),
          input: eb.ref('excluded.input'),
          response: eb.ref('excluded.response'),
          error: eb.ref('excluded.error'),
          verdicts: eb.ref('excluded.verdicts'),
          latencyMs: eb.ref('excluded.latencyMs'),
          durationMs: eb.ref('excluded.durationMs'),
          usage: eb.ref('excluded.usage'),
          costNanoUsd: eb.ref('excluded.costNanoUsd'),
          kind: eb.ref('excluded.kind'),
          tags: eb.ref('excluded.tags'),
          cached: eb.ref('excluded.cached'),
          toolCalls: eb.ref('excluded.toolCalls'),
          more: eb.ref('excluded.more'),
        })),
      )
      .execute()
  }
}

/** What of the results of a run is asked for. */
export type ResultQuery = PageOptions & { [Name in keyof ResultFilter]?: ResultFilter[Name] | undefined } & {
  runId: string
  /** Only the beginnings of what was asked and answered. */
  isBrief?: boolean
}

/** The results of a run by case, model and repeat. */
export const listRunResults = async (
  { db, workspaceId }: WorkspaceScope,
  query: ResultQuery,
): Promise<Page<CaseResult>> => {
  const { runId, status, model, text, isBrief = false } = query
  const after = decodeCursor(query.cursor, ResultPosition)
  const limit = limitOf(query)
  const begun = sql`${sql.lit(BRIEF_CHARACTERS)}`
  let select = db
    .selectFrom('results')
    .select(shortColumns)
    .select(isBrief ? sql<string>`left(input, ${begun})`.as('input') : 'input')
    .select(isBrief ? sql<string | null>`left(response, ${begun})`.as('response') : 'response')
    .select(isBrief ? sql<null>`null`.as('toolCalls') : 'toolCalls')
    .where('workspaceId', '=', workspaceId)
    .where('runId', '=', runId)
  if (status === 'not_passed') select = select.where('status', 'in', ['failed', 'error'])
  else if (status !== undefined) select = select.where('status', '=', status)
  if (model !== undefined) select = select.where('model', '=', model)
  if (text) select = select.where('title', 'ilike', `%${escapeLike(text)}%`)
  if (after !== undefined) select = select.where(isAfter(['caseKey', 'model', 'repeat'], after))
  const rows = await select
    .orderBy('caseKey')
    .orderBy('model')
    .orderBy('repeat')
    .limit(limit + 1)
    .execute()
  return pageFrom(rows, {
    limit,
    item: isBrief ? (row) => briefly(toResult(row)) : toResult,
    position: ({ caseKey, model: onModel, repeat }) => [caseKey, onModel, repeat],
  })
}

/** One result; null when there is none. */
export const findResult = async (
  { db, workspaceId }: WorkspaceScope,
  { runId, caseKey, model, repeat }: { runId: string } & Pick<CaseResult, 'caseKey' | 'model' | 'repeat'>,
): Promise<CaseResult | null> => {
  const row = await db
    .selectFrom('results')
    .select(shortColumns)
    .select(['input', 'response', 'toolCalls'])
    .where('workspaceId', '=', workspaceId)
    .where('runId', '=', runId)
    .where('caseKey', '=', caseKey)
    .where('model', '=', model)
    .where('repeat', '=', repeat)
    .executeTakeFirst()
  return row ? toResult(row) : null
}

/** A run as it is compared with another: one row for each case and model, without the texts. */
export const readResultSide = async ({ db, workspaceId }: WorkspaceScope, runId: string): Promise<RunSide> => {
  const { rows } = await sql<{
    caseKey: string
    title: string
    model: string
    passes: number
    total: number
    scoreSum: number
    isGraded: boolean
    assertHash: string | null
  }>`
    select case_key, min(title) as title, model,
      count(*) filter (where status = 'passed') as passes, count(*) as total, sum(score) as score_sum,
      bool_or(score > 0 and score < 1) as is_graded, min(more ->> 'assertHash') as assert_hash
    from results
    where workspace_id = ${workspaceId} and run_id = ${runId} and status not in ('skipped', 'unscored')
    group by case_key, model
    order by case_key, model
  `.execute(db)
  return new Map(rows.map((row) => [JSON.stringify([row.caseKey, row.model]), row]))
}

/** Far below the 65,535 parameters of one statement. */
const ROWS_PER_STATEMENT = 200
const BRIEF_CHARACTERS = 300

/** Those that are small in every result. */
const shortColumns = [
  'caseKey',
  'model',
  'repeat',
  'title',
  'status',
  'score',
  'error',
  'verdicts',
  'latencyMs',
  'durationMs',
  'usage',
  'costNanoUsd',
  'kind',
  'tags',
  'cached',
  'more',
] as const satisfies readonly (keyof Database['results'])[]

const ResultPosition = z.tuple([z.string(), z.string(), z.int()])

/** Everything that a result says has a place: a column, or what nobody looks for by itself, in `more`. */
const rowOf = (result: CaseResult) => {
  const { error, verdicts, usage, toolCalls, kind, tags, cached, ...others } = cutResult(storable(result))
  const { caseKey, model, repeat, title, status, score, input, response, ...figures } = others
  const { latencyMs, durationMs, costNanoUsd, ...more } = figures
  return {
    caseKey,
    model,
    repeat,
    title,
    status,
    score,
    input,
    response,
    latencyMs,
    durationMs,
    costNanoUsd,
    kind: kind ?? null,
    tags: tags ?? null,
    cached: cached ?? null,
    error: jsonOrNull(error),
    verdicts: json(verdicts),
    usage: jsonOrNull(usage),
    toolCalls: jsonOrNull(toolCalls),
    more: json(more),
  }
}

const toResult = ({
  kind,
  tags,
  cached,
  toolCalls,
  more,
  ...result
}: Omit<Selectable<Database['results']>, 'workspaceId' | 'runId'>): CaseResult => ({
  ...more,
  ...result,
  ...(kind !== null && { kind }),
  ...(tags !== null && { tags }),
  ...(cached !== null && { cached }),
  ...(toolCalls !== null && { toolCalls }),
})

const briefly = (result: CaseResult): CaseResult => {
  const short = (text: string): string => text.slice(0, BRIEF_CHARACTERS)
  return {
    ...result,
    verdicts: result.verdicts.map(({ members: _members, ...verdict }) => ({
      ...verdict,
      reason: short(verdict.reason),
      ...(verdict.expected !== undefined && { expected: short(verdict.expected) }),
      ...(verdict.actual !== undefined && { actual: short(verdict.actual) }),
    })),
  }
}
