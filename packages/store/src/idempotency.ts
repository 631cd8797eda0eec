import type { WorkspaceScope } from './scope.ts'
import { json } from './schema.ts'

/** An answer as it is given again. */
export type SentAnswer = { requestId: string; status: number; headers: Record<string, string>; body: Uint8Array }

/** What is known of a call: it begins here, is under way elsewhere, is another one, or has been answered. */
export type IdempotentTurn =
  | { kind: 'first' }
  | { kind: 'running'; startedAt: string }
  | { kind: 'other' }
  | { kind: 'answered'; answer: SentAnswer }

type Call = {
  callHash: Uint8Array
  bodyHash: Uint8Array
  requestId: string
  now: string
  staleBefore: string
  oldest: string
}

/**
 * Takes a call on, or tells what became of the one before it. One whose process has ended without a word, and one older
 * than a day, is taken on anew.
 */
export const takeCall = async (
  { db, workspaceId }: WorkspaceScope,
  { callHash, bodyHash, requestId, now, staleBefore, oldest }: Call,
): Promise<IdempotentTurn> => {
  const fresh = { bodyHash, requestId, startedAt: now, status: null, headers: null, body: null }
  const taken = await db
    .insertInto('idempotentCalls')
    .values({ ...fresh, workspaceId, callHash })
    .onConflict((conflict) =>
      conflict
        .columns(['workspaceId', 'callHash'])
        .doUpdateSet(fresh)
        .where((row) =>
          row.or([
            row('idempotentCalls.startedAt', '<', oldest),
            row.and([row('idempotentCalls.status', 'is', null), row('idempotentCalls.startedAt', '<', staleBefore)]),
          ]),
        ),
    )
    .returning('requestId')
    .executeTakeFirst()
  if (taken) return { kind: 'first' }
  const known = await db
    .selectFrom('idempotentCalls')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('callHash', '=', callHash)
    .executeTakeFirst()
  // Let go between the two statements: as good as under way.
  if (!known) return { kind: 'running', startedAt: now }
  if (!Buffer.from(known.bodyHash).equals(bodyHash)) return { kind: 'other' }
  if (known.status === null || known.body === null) return { kind: 'running', startedAt: known.startedAt }
  const { status, headers, body } = known
  return { kind: 'answered', answer: { requestId: known.requestId, status, headers: headers ?? {}, body } }
}

/** The answer that a call was given before; `other` when what it is called was the name of another one, else null. */
export const findSentAnswer = async (
  { db, workspaceId }: WorkspaceScope,
  { callHash, bodyHash, oldest }: Pick<Call, 'callHash' | 'bodyHash' | 'oldest'>,
): Promise<SentAnswer | 'other' | null> => {
  const known = await db
    .selectFrom('idempotentCalls')
    .selectAll()
    .where('workspaceId', '=', workspaceId)
    .where('callHash', '=', callHash)
    .where('startedAt', '>=', oldest)
    .executeTakeFirst()
  if (!known) return null
  if (!Buffer.from(known.bodyHash).equals(bodyHash)) return 'other'
  const { requestId, status, headers, body } = known
  return status === null || body === null ? null : { requestId, status, headers: headers ?? {}, body }
}

/** Keeps the answer of a call. */
export const keepSentAnswer = async (
  { db, workspaceId }: WorkspaceScope,
  { callHash, answer }: { callHash: Uint8Array; answer: SentAnswer },
): Promise<void> => {
  const { requestId, status, headers, body } = answer
  await db
    .updateTable('idempotentCalls')
    .set({ status, headers: json(headers), body })
    .where('workspaceId', '=', workspaceId)
    .where('callHash', '=', callHash)
    .where('requestId', '=', requestId)
    .execute()
}

/** Lets a call go that was not answered, so that it can be made again at once. */
export const releaseCall = async (
  { db, workspaceId }: WorkspaceScope,
  { callHash, requestId }: { callHash: Uint8Array; requestId: string },
): Promise<void> => {
  await db
    .deleteFrom('idempotentCalls')
    .where('workspaceId', '=', workspaceId)
    .where('callHash', '=', callHash)
    .where('requestId', '=', requestId)
    .execute()
}
