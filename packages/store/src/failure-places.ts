import {
  bandsOf,
  GROUPING_VERSION,
  MERGED_SIMILARITY,
  resemblance,
  signatureOf,
  similarity,
  SUGGESTED_SIMILARITY,
  type Diagnosis,
} from '@assay/core'
import { sql } from 'kysely'
import { json } from './schema.ts'
import type { WorkspaceScope } from './scope.ts'

/** What a failure is known by where groups are told apart. */
export type Cause = {
  diagnosis: Diagnosis
  /** True when a rule of the workspace gave the fingerprint: such a group is like no other. */
  isByRule?: boolean | undefined
  /** What likeness is judged by; without it a failure is like no other. */
  errorType?: string | undefined
  text?: string | undefined
}

/** Where the failures of a fingerprint are counted. */
export type Place = { fingerprint: string; aliasId: string; groupId: string }

/**
 * Until the transaction ends, groups are merged and split by nobody (`shared`, for all who count) or by nobody else
 * (`exclusive`). Taken before any row, so that nobody waits in a circle.
 */
export const holdGrouping = async ({ db, workspaceId }: WorkspaceScope, how: 'shared' | 'exclusive'): Promise<void> => {
  const lock = sql.raw(how === 'shared' ? 'pg_advisory_xact_lock_shared' : 'pg_advisory_xact_lock')
  await sql`select ${lock}(hashtextextended(${`grouping ${workspaceId}`}, 0))`.execute(db)
}

/** A failure that needs a place; `id` and `at` are those of the first with its fingerprint. */
export type Arrival = Cause & { id: string; at: string; threshold: number; countBy: 'occurrences' | 'incidents' }

/**
 * Where each fingerprint is counted, the one that stands there for it. A fingerprint that is new joins the group whose
 * text is its own but for a twentieth, which is remembered, and else founds one.
 */
export const findPlaces = async (
  scope: WorkspaceScope,
  arrivals: ReadonlyMap<string, Arrival>,
): Promise<Map<string, Place>> => {
  const keys = [...arrivals.keys()].toSorted()
  const known = await readPlaces(scope, keys)
  const fresh = keys.filter((key) => !known.has(key))
  if (fresh.length === 0) return known
  for (const key of fresh) await settle(scope, arrivals.get(key)!)
  return readPlaces(scope, keys)
}

const readPlaces = async (
  { db, workspaceId }: WorkspaceScope,
  fingerprints: readonly string[],
): Promise<Map<string, Place>> => {
  if (fingerprints.length === 0) return new Map()
  const rows = await db
    .selectFrom('fingerprintAliases')
    .select(['fingerprint', 'id as aliasId', 'groupId'])
    .where('workspaceId', '=', workspaceId)
    .where('fingerprint', 'in', fingerprints)
    .where('isOpen', '=', true)
    .execute()
  return new Map(rows.map((row) => [row.fingerprint, row]))
}

/** Gives a new fingerprint its place; nothing happens when another has just done so. */
const settle = async (scope: WorkspaceScope, arrival: Arrival): Promise<void> => {
  const { db, workspaceId } = scope
  const { id, at, diagnosis, isByRule = false, errorType, text } = arrival
  const likest = isByRule ? null : ((await findLike(scope, arrival, MERGED_SIMILARITY))[0] ?? null)
  const signature = text === undefined || isByRule ? null : signatureOf(text)
  const alias = await db
    .insertInto('fingerprintAliases')
    .values({
      id,
      workspaceId,
      fingerprint: diagnosis.fingerprint,
      groupId: likest?.groupId ?? id,
      isOpen: true,
      origin: originOf({ isByRule, isLike: likest !== null }),
      likeId: likest?.aliasId ?? null,
      similarity: likest?.similarity ?? null,
      category: diagnosis.category,
      errorType: errorType ?? null,
      text: isByRule ? null : (text ?? null),
      signature: signature && new Uint8Array(signature.buffer),
      bands: signature && bandsOf(signature),
      groupingVersion: GROUPING_VERSION,
      createdAt: at,
    })
    .onConflict((conflict) => conflict.columns(['workspaceId', 'fingerprint']).where('isOpen', '=', true).doNothing())
    .returning('id')
    .executeTakeFirst()
  if (alias && likest === null) await foundGroup(scope, arrival)
}

const originOf = ({ isByRule, isLike }: { isByRule: boolean; isLike: boolean }) => {
  if (isByRule) return 'rule'
  return isLike ? 'similar' : 'own'
}

/** A group of nothing yet; whoever founds it counts into it next. */
export const foundGroup = async (
  { db, workspaceId }: WorkspaceScope,
  { id, at, diagnosis, threshold, countBy }: Arrival,
): Promise<void> => {
  const { fingerprint, family, title, category, severity, why } = diagnosis
  await db
    .insertInto('failureGroups')
    .values({
      id,
      workspaceId,
      fingerprint,
      family,
      title,
      category,
      severity,
      why: json(why),
      state: 'open',
      resolvedIn: null,
      resolvedAt: null,
      mutedUntil: null,
      muteEndsAt: null,
      occurrences: 0,
      incidents: 0,
      absorbed: 0,
      threshold,
      countBy,
      users: 0,
      firstSeenAt: at,
      lastSeenAt: at,
      testId: null,
      testStatus: 'waiting',
      groupingVersion: GROUPING_VERSION,
      widespreadUntil: null,
      spreadLookedAt: null,
      lastUserHash: null,
      mergedInto: null,
    })
    .execute()
}

/** A fingerprint whose text is like another's. */
export type Like = { aliasId: string; groupId: string; similarity: number }

/** So many candidates of the index are compared word for word. */
const MOST_CANDIDATES = 200

/** The fingerprints of the same category and class whose texts are at least so much alike, the likest first. */
export const findLike = async (
  { db, workspaceId }: WorkspaceScope,
  { diagnosis, errorType, text }: Pick<Arrival, 'errorType' | 'text'> & { diagnosis: Pick<Diagnosis, 'category'> },
  atLeast: number = SUGGESTED_SIMILARITY,
): Promise<Like[]> => {
  if (text === undefined || errorType === undefined) return []
  const signature = signatureOf(text)
  const candidates = await db
    .selectFrom('fingerprintAliases')
    .select(['id', 'groupId', 'text', 'signature'])
    .where('workspaceId', '=', workspaceId)
    .where(sql<boolean>`bands && ${sql.val(`{${bandsOf(signature).join(',')}}`)}::integer[]`)
    .where('category', '=', diagnosis.category)
    .where('errorType', '=', errorType)
    .limit(MOST_CANDIDATES)
    .execute()
  return candidates
    .filter((candidate) => similarity(signature, signatureFrom(candidate.signature)) >= atLeast - SIGNATURE_ERROR)
    .map((candidate) => ({
      aliasId: candidate.id,
      groupId: candidate.groupId,
      similarity: resemblance(text, candidate.text ?? ''),
    }))
    .filter((like) => like.similarity >= atLeast)
    .toSorted((a, b) => b.similarity - a.similarity || (a.aliasId < b.aliasId ? -1 : 1))
}

/** So far may 64 hashes be wrong; the texts decide. */
const SIGNATURE_ERROR = 0.2

/** Copied, because the bytes of a driver need not begin where a number may. */
const signatureFrom = (bytes: Uint8Array | null): Uint32Array =>
  bytes === null ? new Uint32Array(0) : new Uint32Array(Uint8Array.from(bytes).buffer)
