import type { BodyRecord } from '../bodies.ts'
import { dayOf } from '../requests.ts'
import { json } from '../schema.ts'
import type { SystemScope } from '../scope.ts'
import { ensureDay } from './partitions.ts'

/** Writes bodies of requests into their days, each once however often it comes. */
export const insertBodies = async (system: SystemScope, bodies: readonly BodyRecord[]): Promise<void> => {
  if (bodies.length === 0) return
  for (const day of new Set(bodies.map(({ at }) => dayOf(at)))) {
    await ensureDay(system, { table: 'request_bodies', day })
  }
  await system.db
    .insertInto('requestBodies')
    .values(
      bodies.map(({ id, workspaceId, at, request, answer, redactions }) => ({
        id,
        workspaceId,
        day: dayOf(at),
        request: json(request),
        answer: json(answer),
        redactions: json(redactions),
      })),
    )
    .onConflict((conflict) => conflict.columns(['id', 'day']).doNothing())
    .execute()
}
