import { isAssayError, type FailureReport } from '@assay/core'
import type { App } from '../app.ts'
import { recordReport, type Recording } from './report-failure.ts'

/**
 * Counts a failure the gateway has seen, from the spool. The spool may deliver twice; the request's id makes it the
 * same event. A report that is refused would be refused for ever, so it is logged and let go.
 */
export const createIngest =
  (app: Recording & Pick<App, 'log'>) =>
  async (workspaceId: string, report: FailureReport): Promise<void> => {
    try {
      await recordReport(app, workspaceId, report)
    } catch (error) {
      if (!isAssayError(error) || error.status >= 500) throw error
      app.log.warn({ workspaceId, code: error.code }, `a failure of the gateway was not counted: ${error.message}`)
    }
  }
