import {
  AssayError,
  asksNothing,
  caseOfGiven,
  checkKind,
  compileAssertion,
  confirmRegressionTest,
  createRegressionTest,
  isAssayError,
  likeAnswer,
  newRegressionTest,
  readTarget,
  unscored,
  updateRegressionTest,
  type Expected,
  type GivenTest,
  type GivenTestChanges,
  type RegressionTest,
  type TestPhase,
  type TestTarget,
} from '@assay/core'
import * as stored from '@assay/store'
import type { App } from '../../app.ts'
import { implement } from '../../http/implement.ts'
import { once } from '../../http/once.ts'
import { requireSuite } from '../../suite/suites.ts'
import { noteTest, requireTest } from './test-audit.ts'

export const onCreateRegressionTest = implement(createRegressionTest, (exchange, { body }) =>
  once(exchange, { contract: createRegressionTest, input: body }, async () => {
    const { app, member } = exchange
    const { name, kind, expected, badOutput, passAt, framework, tags } = body
    const written = { ...caseOfGiven(body), kind, expected }
    await checkContent(app, written)
    const now = app.nowIso()
    const fields = { name, ...written, badOutput, passAt, framework, tags: [...new Set(tags)] }
    const test: RegressionTest = {
      ...newRegressionTest({ id: app.createId(), origin: 'manual', createdAt: now, ...fields }),
      stateReason: 'Written by hand; not yet seen to fail.',
      groupId: null,
    }
    return async (scope) => {
      await checkSuites(scope, test)
      const made = refuseTaken(await stored.insertRegressionTest(scope, test))
      await noteTest(scope, exchange, { action: 'regression_test.create', after: made })
      const { workspaceId } = member()
      scope.afterCommit.push(() =>
        app.events.publish(workspaceId, { topic: 'failures', type: 'test.created', id: made.id }),
      )
      return made
    }
  }),
)

export const onUpdateRegressionTest = implement(updateRegressionTest, async (exchange, { params: { id }, body }) => {
  const { app, inWorkspace } = exchange
  const known = await inWorkspace((scope) => requireTest(scope, id))
  await checkContent(app, changed(known, body))
  return inWorkspace(async (scope) => {
    const before = await requireTest(scope, id, { forUpdate: true })
    const after = { ...asEdited(before, changed(before, body)), updatedAt: app.nowIso() }
    await checkSuites(scope, after)
    const saved = refuseTaken(await stored.replaceRegressionTest(scope, after))
    await noteTest(scope, exchange, { action: 'regression_test.update', before, after: saved })
    return saved
  })
})

export const onConfirmRegressionTest = implement(confirmRegressionTest, async (exchange, { params: { id }, body }) => {
  const { app, inWorkspace } = exchange
  if (body.expected) await checkExpectation(app, body.expected, 'expected')
  return inWorkspace(async (scope) => {
    const before = await requireTest(scope, id, { forUpdate: true })
    const { name, state } = before
    if (!before.needsConfirmation) throw new AssayError('monitor.test_state', { name, state, wanted: 'confirmed' })
    const expected = expectedBy(before, body)
    const after: RegressionTest = {
      ...asEdited(before, { ...before, expected }),
      needsConfirmation: false,
      state: 'draft',
      stateReason: 'Its expectation is confirmed; not yet seen to fail.',
      updatedAt: app.nowIso(),
    }
    await stored.saveRegressionTest(scope, after)
    await noteTest(scope, exchange, { action: 'regression_test.confirm', before, after })
    return after
  })
})

/** An answer that was wanted becomes what is expected: it has to be like it. */
const expectedBy = (
  { expected }: RegressionTest,
  given: { corrected?: string | undefined; expected?: Expected | undefined },
): Expected => {
  if (given.expected) return given.expected
  return given.corrected === undefined ? expected : { ...expected, ...likeAnswer(given.corrected) }
}

/** A test with the changes a person asked for; a text that is left out stays as it is. */
const changed = (test: RegressionTest, changes: GivenTestChanges): RegressionTest => {
  const { prompt, messages, parameters, target, phases, ...plain } = changes
  const given = Object.fromEntries(Object.entries(plain).filter(([, value]) => value !== undefined))
  const asks = [prompt, messages, parameters, target, phases].some((part) => part !== undefined)
  return { ...test, ...(given as Partial<RegressionTest>), ...(asks ? caseOfGiven(givenCase(test, changes)) : {}) }
}

const givenCase = (
  { target, request, phases }: RegressionTest,
  changes: GivenTestChanges,
): Pick<GivenTest, 'prompt' | 'messages' | 'parameters' | 'target' | 'phases'> => {
  if (changes.target === undefined && target.kind === 'fault') {
    const issues = [{ path: 'target', message: 'plays a recorded fault; name another target to ask something else' }]
    throw new AssayError('input.invalid', { what: 'regression test', issues })
  }
  const { model: _model, messages, ...parameters } = request ?? {}
  const asksAnew = changes.prompt !== undefined || changes.messages !== undefined
  const kept = changes.phases ?? (asksAnew ? [] : phases.map(givenPhase))
  const given = changes.target ?? (target as GivenTest['target'])
  const asks = kept.length === 0 && !asksNothing(readTarget(given))
  return {
    target: given,
    parameters: changes.parameters ?? parameters,
    phases: kept,
    ...(asksAnew ? { prompt: changes.prompt, messages: changes.messages } : {}),
    ...(!asksAnew && asks && messages ? { messages } : {}),
  }
}

const givenPhase = ({ name, target, request, expected }: TestPhase): GivenTest['phases'][number] => {
  const { model: _model, messages, ...parameters } = request ?? {}
  return { name, ...(target && { target }), ...(messages && { messages, parameters }), expected }
}

const essentials = ['target', 'request', 'phases', 'expected', 'badOutput', 'passAt'] as const

/** Another case, target or expectation is another version, which has yet to show red and green. */
const asEdited = (before: RegressionTest, after: RegressionTest): RegressionTest => {
  const isRevived = before.state === 'retired' && after.isActive
  const isOther = essentials.some((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
  if (!isOther && !isRevived) return after
  const { verification, quarantine, redAt, greenAt, health, healthExecutions } = unscored
  return {
    ...after,
    version: before.version + (isOther ? 1 : 0),
    state: 'draft',
    stateReason: isOther ? 'Changed; not yet seen to fail as it is now.' : 'Brought back; not yet seen to fail.',
    verification,
    quarantine,
    redAt,
    greenAt,
    ...(isOther ? { health, healthExecutions } : {}),
  }
}

type Content = Pick<RegressionTest, 'kind' | 'target' | 'request' | 'phases' | 'expected'>

/** Refuses what could never be run: a kind that it is not, an assertion nobody knows, an address no call may go to. */
const checkContent = async (app: Pick<App, 'sandbox' | 'egress'>, test: Content): Promise<void> => {
  checkKind(test)
  await checkExpectation(app, test.expected, 'expected')
  checkTarget(app, test.target)
  for (const [place, { target, expected }] of test.phases.entries()) {
    await checkExpectation(app, expected, `phases.${place}.expected`)
    if (target) checkTarget(app, target)
  }
}

const checkTarget = ({ egress }: Pick<App, 'egress'>, target: TestTarget): void => {
  if (target.kind === 'endpoint' && !target.url.includes('{{')) egress.check(target.url)
}

const checkExpectation = async (
  { sandbox }: Pick<App, 'sandbox'>,
  { schema, assertions = [] }: Expected,
  path: string,
): Promise<void> => {
  for (const [place, spec] of assertions.entries()) {
    for (const one of spec.type === 'assert-set' ? (spec.assert ?? []) : [spec]) {
      try {
        compileAssertion(one, 'assay')
      } catch (error) {
        if (!isAssayError(error)) throw error
        throw invalid(`${path}.assertions.${place}`, error.message)
      }
    }
  }
  if (schema === undefined) return
  const outcome = await sandbox.schema({ schema, texts: [] })
  if ('problem' in outcome) throw invalid(`${path}.schema`, outcome.problem)
}

const invalid = (path: string, message: string): AssayError =>
  new AssayError('input.invalid', { what: 'regression test', issues: [{ path, message }] })

const checkSuites = async (scope: stored.WorkspaceScope, { target, phases }: Content): Promise<void> => {
  for (const one of [target, ...phases.map((phase) => phase.target)])
    if (one?.kind === 'suite') await requireSuite(scope, one.suiteId)
}

const refuseTaken = (kept: Awaited<ReturnType<typeof stored.insertRegressionTest>>): RegressionTest => {
  if ('test' in kept) return kept.test
  const { id, name } = kept.by
  throw new AssayError(kept.taken === 'name' ? 'monitor.test_name_taken' : 'monitor.test_exists', { id, name })
}
