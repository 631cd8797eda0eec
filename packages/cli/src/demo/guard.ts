import type { Execution, RegressionTest, Run } from '@assay/core'
import { confidenceChart } from '../print/chart.ts'
import { plain } from '../print/width.ts'
import { waitForRun } from '../run-tests.ts'
import { notAsTold } from './read-back.ts'
import type { Stage } from './stage.ts'
import type { Teller } from './teller.ts'

/** The test fails while the fault is there. */
export const showRed = ({ stage, narrator, colours }: Teller, { id }: RegressionTest): Promise<void> =>
  narrator.step('run', async () => {
    const { test, execution, run } = await runOnce(stage, id, 'manual')
    if (execution.outcome !== 'fail' || test.state !== 'red') throw notAsTold('run', 'a red test', { test, execution })
    return {
      line: `${colours.red('red')}: ${plain(execution.error ?? execution.actual).slice(0, 90)}`,
      figures: figuresOf({ test, execution, run }),
    }
  })

/** The fault is fixed, and the test passes twice. */
export const showGreen = async ({ stage, narrator, colours }: Teller, { id }: RegressionTest): Promise<void> => {
  await narrator.step('fix', async () => {
    stage.modelServer.fix()
    return {
      line: `the model server is now version ${stage.modelServer.version()}`,
      figures: { version: stage.modelServer.version() },
    }
  })
  for (const [index, state] of (['red', 'active'] as const).entries()) {
    await narrator.step('run', async () => {
      const told = await runOnce(stage, id, 'manual')
      const { test, execution } = told
      if (execution.outcome !== 'pass' || test.state !== state) {
        throw notAsTold('run', `a pass, and the test ${state}`, told)
      }
      return {
        line: `${colours.green('green')} ${index + 1} of 2: the test is ${test.state}, confidence ${test.confidence}`,
        figures: figuresOf(told),
      }
    })
  }
}

/** From now on each pass makes the test more believable. */
export const earnConfidence = async ({ stage, narrator, colours }: Teller, { id }: RegressionTest): Promise<void> => {
  let before = (await stage.client.getRegressionTest({ params: { id } })).confidence
  for (const trigger of ['ci', 'deployment'] as const) {
    await narrator.step(trigger, async () => {
      const told = await runOnce(stage, id, trigger)
      const { test, execution } = told
      if (execution.outcome !== 'pass' || test.confidence <= before) {
        throw notAsTold(trigger, `a pass that raises the confidence from ${before}`, told)
      }
      const line = `${colours.green('pass')}: confidence ${before} → ${colours.bold(String(test.confidence))}`
      before = test.confidence
      if (trigger === 'ci') return { line, figures: figuresOf(told) }
      const { items } = await stage.client.listExecutions({ params: { id }, query: { limit: 50 } })
      return {
        line,
        more: confidenceChart(items.map(({ confidence }) => confidence).toReversed()),
        figures: figuresOf(told),
      }
    })
  }
}

/** What guards has passed, so the next release may go. */
export const askGate = ({ stage, narrator, colours }: Teller): Promise<void> =>
  narrator.step('gate', async () => {
    const gate = await stage.client.checkGate({ body: { release: 'demo' } })
    if (gate.state !== 'open') throw notAsTold('gate', 'an open gate', gate)
    const guarding = gate.tests.filter(({ standing }) => standing === 'guards').length
    return {
      line: `${colours.green('open')}: ${guarding === 1 ? 'the test that guards passes' : `${guarding} tests guard and pass`}`,
      figures: { state: gate.state, guarding },
    }
  })

type Told = { test: RegressionTest; execution: Execution; run: Run }

const runOnce = async ({ client }: Stage, testId: string, trigger: Run['trigger']): Promise<Told> => {
  const { runId } = await client.runRegressionTests({ body: { testId, trigger, environment: 'local' } })
  const run = await waitForRun(client, runId, () => {})
  const [test, { items }] = await Promise.all([
    client.getRegressionTest({ params: { id: testId } }),
    client.listExecutions({ params: { id: testId }, query: { limit: 20 } }),
  ])
  const execution = items.find((one) => one.runId === runId)
  if (!execution) throw notAsTold('run', `an execution of run ${runId}`, run)
  return { test, execution, run }
}

const figuresOf = ({ test, execution, run }: Told): Record<string, unknown> => ({
  runId: run.id,
  trigger: execution.trigger,
  outcome: execution.outcome,
  verification: execution.verification,
  state: test.state,
  confidence: test.confidence,
})
