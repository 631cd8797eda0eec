import type { RunSummary } from '@assay/runner'
import type { ActionContext } from '../../action.ts'
import { connect } from '../../connect.ts'
import { count } from '../../print/count.ts'
import type { Terminal } from '../../terminal/terminal.ts'
import { runAddress, uploadRun } from '../../upload-run.ts'

const ACCESS_OR_NETWORK = 5

/** Sends a run that has ended to the server; answers the exit code of an upload that failed, which takes no verdict away. */
export const uploadEnded = async (
  { out }: ActionContext,
  terminal: Terminal,
  { folder, runId, ended }: { folder: string; runId: string; ended: RunSummary },
): Promise<number> => {
  try {
    await using connection = await connect(terminal)
    const { run, results } = await uploadRun(
      connection.client,
      {
        folder,
        runId,
        status: ended.status === 'completed' ? 'completed' : 'cancelled',
        finishedAt: ended.finishedAt,
        durationMs: ended.totals.durationMs,
      },
      terminal,
    )
    const url = await runAddress(connection.client, run.id, terminal)
    out.event({ event: 'run.uploaded', runId, uploadedAs: run.id, results, url })
    out.note(`Uploaded ${count(results, 'result')} as run ${run.id}.${url === null ? '' : `\nView results: ${url}`}`)
    return 0
  } catch (error) {
    const { message, hint, exitCode } = error as { message: string; hint?: string; exitCode?: number }
    out.event({ event: 'run.upload_failed', runId, message })
    const advice = hint === undefined ? '' : ` ${hint}`
    // Said with --quiet too: it may be the only reason why the run does not end with 0.
    if (!out.json)
      terminal.stderr.write(
        `Not uploaded: ${message}${advice}\nThe results are kept; send them later: assay runs upload ${runId}\n`,
      )
    return exitCode ?? ACCESS_OR_NETWORK
  }
}
