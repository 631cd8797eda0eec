import { sql } from 'kysely'
import { z } from 'zod'
import type { WorkspaceScope } from './scope.ts'

/** Something that processes keep in memory and that has changed. */
export const Change = z.object({
  kind: z.enum(['gateway_key', 'budget', 'credential', 'price', 'guard', 'model_names', 'monitor']),
  workspaceId: z.string(),
  id: z.string(),
})
export type Change = z.infer<typeof Change>

/** The channel that all processes of one server listen on. */
export const CHANGES_CHANNEL = 'assay_changes'

/** Tells the other processes of a change as soon as it is committed, and nobody when it is not. */
export const announce = async ({ db }: Pick<WorkspaceScope, 'db'>, change: Change): Promise<void> => {
  await sql`select pg_notify(${CHANGES_CHANNEL}, ${JSON.stringify(change)})`.execute(db)
}

/** Reads what came over the channel; null for what is not ours. */
export const readChange = (payload: string | undefined): Change | null => {
  try {
    return Change.safeParse(JSON.parse(payload ?? '')).data ?? null
  } catch {
    return null
  }
}
