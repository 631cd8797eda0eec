import type { Execution, Timed } from '@assay/core'
import type { WorkspaceScope } from './scope.ts'

const MOST_EXECUTIONS = 400

/** An execution as a trend reads it. */
export type TrendExecution = Timed & Pick<Execution, 'id' | 'version'>

/** The latest executions of a test, the oldest first. */
export const listTrendExecutions = async (
  { db, workspaceId }: WorkspaceScope,
  { testId, version }: { testId: string; version?: number },
): Promise<TrendExecution[]> => {
  let select = db
    .selectFrom('executions')
    .select(['id', 'at', 'version', 'outcome', 'durationMs', 'ttftMs', 'inputTokens', 'outputTokens', 'costNanoUsd'])
    .where('workspaceId', '=', workspaceId)
    .where('testId', '=', testId)
  if (version !== undefined) select = select.where('version', '=', version)
  const rows = await select.orderBy('at', 'desc').orderBy('id', 'desc').limit(MOST_EXECUTIONS).execute()
  return rows.toReversed()
}
