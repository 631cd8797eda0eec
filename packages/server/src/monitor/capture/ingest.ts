import { isAssayError, type CapturedFailure } from '@assay/core'
import type { App } from '../../app.ts'

/**
 * Counts a failure the gateway has seen, from the spool. The spool may deliver twice; the request's id makes it the
 * same event. A report that is refused would be refused for ever, so it is logged and let go.
 */
export const createIngest =
  ({ reports, log }: Pick<App, 'reports' | 'log'>) =>
  async (workspaceId: string, report: CapturedFailure): Promise<void> => {
    try {
      await reports.record(workspaceId, report)
    } catch (error) {
      if (!isAssayError(error) || error.status >= 500) throw error
      log.warn({ workspaceId, code: error.code }, `a failure of the gateway was not counted: ${error.message}`)
    }
  }
