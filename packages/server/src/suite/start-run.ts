import { AssayError, createRun, MAX_HOSTED_RESULTS, newRun } from '@assay/core'
import * as stored from '@assay/store'
import { implement } from '../http/implement.ts'
import { once } from '../http/once.ts'
import { enqueue } from '../jobs/enqueue.ts'
import { checkModels } from './check-models.ts'
import { runSuiteJob } from './execute-suite.ts'
import { requireSuite } from './suites.ts'

/** Checks what is to be run, then writes the run down and queues it in one transaction: what was promised is tried. */
export const onCreateRun = implement(createRun, (exchange, { body }) =>
  once(exchange, { contract: createRun, input: body }, async () => {
    const { app, member, inWorkspace } = exchange
    const { workspaceId } = member()
    const { settings, trigger, environment } = body
    const { text, tags, kinds, repeat, passAt, judge } = settings
    const [kept, source] = await inWorkspace(async (scope) => {
      const found = await requireSuite(scope, body.suiteId)
      return [found, await stored.findSource(scope, found.sourceHash)] as const
    })
    const { id: suiteId, name, file, dialect, sourceHash } = kept
    const sent = { name, source: source ?? '', file, dialect }
    const wanted = { models: body.models, filter: { text, tags, kinds }, repeat, passAt, judge }
    const { suite, models, planned, planHash } = await app.suites.plan(sent, wanted)
    await checkModels(app, { workspaceId, suite, models, judge })
    if (planned === 0) throw new AssayError('suite.empty', { file, reason: 'no case matches the filter' })
    if (planned > MAX_HOSTED_RESULTS) {
      throw new AssayError('runs.too_large', { planned, limit: MAX_HOSTED_RESULTS })
    }
    return async (scope) => {
      const given = { name, suiteId, dialect, sourceHash, planHash, models, settings, planned, trigger, environment }
      const run = newRun({ ...given, id: app.createId(), createdAt: app.nowIso() })
      await stored.insertRun(scope, { ...run, file })
      await enqueue(app, scope, runSuiteJob, { workspaceId, runId: run.id })
      return run
    }
  }),
)
