import type { Transaction } from 'kysely'
import type { Database } from './schema.ts'

/** One transaction in which only the rows of one workspace exist; every repository function takes one first. */
export type WorkspaceScope = {
  db: Transaction<Database>
  workspaceId: string
  partitions: Partitions
  afterCommit: (() => void)[]
}

/** One transaction over all workspaces; only functions of `store/src/system/` take one. */
export type SystemScope = Omit<WorkspaceScope, 'workspaceId'>

/** Which day partitions are known to exist; what this transaction makes and drops counts when it commits. */
export type Partitions = { known: ReadonlySet<string>; made: Set<string>; dropped: Set<string> }

/** Nothing known, nothing made. */
export const noPartitions = (): Partitions => ({ known: new Set(), made: new Set(), dropped: new Set() })
