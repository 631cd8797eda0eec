import type { RegressionTest, Suggestion } from '@assay/core'
import { type Selectable, sql } from 'kysely'
import { type Database, json, jsonOrNull } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'
import { storable } from './storable.ts'

/** A suggestion, and the version of the test it was made for. */
export type StoredSuggestion = Suggestion & { testVersion: number }

/** Keeps suggestions; one that was made before stays as it is, decided or not. */
export const keepSuggestions = async (
  { db, workspaceId }: WorkspaceScope,
  suggestions: readonly StoredSuggestion[],
): Promise<void> => {
  if (suggestions.length === 0) return
  await db
    .insertInto('testSuggestions')
    .values(
      suggestions.map(({ before, after, proof, ...given }) => ({
        ...storable(given),
        workspaceId,
        before: json(storable(before)),
        after: json(storable(after)),
        verification: jsonOrNull(proof),
        decidedBy: null,
      })),
    )
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}

/** The suggestions for one version of a test that are still open, the oldest first. */
export const listOpenSuggestions = async (
  { db, workspaceId }: WorkspaceScope,
  { testId, testVersion }: { testId: string; testVersion: number },
): Promise<Suggestion[]> => {
  const rows = await db
    .selectFrom('testSuggestions')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('testId', '=', testId)
    .where('testVersion', '=', testVersion)
    .where('state', '=', 'open')
    .orderBy('createdAt')
    .orderBy('id')
    .limit(100)
    .execute()
  return rows.map(toSuggestion)
}

/** One suggestion with the version it was made for; null when the test has none with this id. */
export const findSuggestion = async (
  { db, workspaceId }: WorkspaceScope,
  { testId, id }: { testId: string; id: string },
): Promise<StoredSuggestion | null> => {
  const row = await db
    .selectFrom('testSuggestions')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('testId', '=', testId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? { ...toSuggestion(row), testVersion: row.testVersion } : null
}

/** Writes down what was seen of a suggestion, or what was decided. */
export const updateSuggestion = async (
  { db, workspaceId }: WorkspaceScope,
  {
    id,
    proof,
    ...changes
  }: { id: string } & Partial<Pick<Suggestion, 'proof' | 'state' | 'decidedAt'>> & {
      decidedBy?: string
    },
): Promise<Suggestion> => {
  const row = await db
    .updateTable('testSuggestions')
    .set({ ...storable(changes), ...(proof === undefined ? {} : { verification: jsonOrNull(proof) }) })
    .where('workspaceId', '=', workspaceId)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return toSuggestion(row)
}

/** An older test, not retired, that asks and expects the same; null when there is none. */
export const findTwin = async (
  { db, workspaceId }: WorkspaceScope,
  { id, createdAt, target, request, expected }: RegressionTest,
): Promise<{ name: string } | null> => {
  const { fingerprintAbsent: _fingerprint, ...wanted } = expected
  const { rows } = await sql<{ name: string }>`
    select name from regression_tests
    where workspace_id = ${workspaceId} and id <> ${id} and state <> 'retired'
      and (created_at, id) < (${createdAt}::timestamptz, ${id}::uuid)
      and target = ${json(target)}::jsonb and request is not distinct from ${jsonOrNull(request)}::jsonb
      and expected - 'fingerprintAbsent' = ${json(wanted)}::jsonb
    order by created_at, id limit 1
  `.execute(db)
  return rows[0] ?? null
}

const toSuggestion = ({
  workspaceId: _workspaceId,
  testVersion: _testVersion,
  verification,
  decidedBy: _decidedBy,
  ...suggestion
}: Selectable<Database['testSuggestions']>): Suggestion => ({ ...suggestion, proof: verification })
