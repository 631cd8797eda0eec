import { AssayError, formatUsd, type Execution, type FailureGroup, type RegressionTest, type Run } from '@assay/core'
import { createAssay } from '@assay/client'
import { bar, confidenceChart } from '../print/chart.ts'
import { duration } from '../print/time.ts'
import { plain } from '../print/width.ts'
import { readPages } from '../pages.ts'
import { waitForRun } from '../run-tests.ts'
import type { Colours } from '../terminal/terminal.ts'
import { INVOICE_MODEL } from './model-server.ts'
import type { Narrator } from './narrator.ts'
import { faultyFieldOf, invoicePrompts, traffic } from './prompts.ts'
import { notAsTold, readBack } from './read-back.ts'
import type { Stage } from './stage.ts'

type Teller = { stage: Stage; narrator: Narrator; colours: Colours }

const BAR_WIDTH = 24
const PARALLEL = 6
const DEMO_CREDENTIAL = 'demo'

/** Tells the whole loop: traffic, a failure three times, the test it leaves behind, the fix, growing confidence. */
export const tellStory = async (teller: Teller): Promise<void> => {
  const key = await openWorkspace(teller)
  teller.narrator.heading('Traffic: the gateway chooses a model for each request')
  await sendTraffic(teller, key)
  teller.narrator.heading('Production: a model server breaks the schema it was asked for')
  const group = await breakThreeTimes(teller, key)
  const test = await findTest(teller, group)
  teller.narrator.heading('Guard: red on the fault, green on the fix, then it earns confidence')
  await showRed(teller, test)
  await showGreen(teller, test)
  await earnConfidence(teller, test)
  teller.narrator.heading('Applications report what only they can see')
  await reportFromApplication(teller, key)
  await tellTotals(teller)
}

const openWorkspace = async ({ stage: { client }, narrator }: Teller): Promise<string> => {
  let key = ''
  await narrator.step('workspace', async () => {
    const { workspace } = await client.getMe()
    const { items: credentials } = await client.listCredentials({ query: { limit: 200 } })
    // A demo that was cut off may have left its credential; its model server is gone.
    for (const { id, name } of credentials) {
      if (name !== DEMO_CREDENTIAL) throw refuseRealCredentials(name)
      await client.removeCredential({ params: { id } })
    }
    const created = await client.createGatewayKey({ body: { name: 'demo', scopes: ['inference', 'failures'] } })
    key = created.key
    const { prefix, last4, scopes } = created
    return {
      line: `${workspace.slug} (${workspace.tier}), gateway key ${prefix}…${last4} for ${scopes.join(' and ')}`,
      figures: { workspace: workspace.slug, tier: workspace.tier, key: `${prefix}…${last4}`, scopes },
    }
  })
  return key
}

const refuseRealCredentials = (name: string): AssayError =>
  new AssayError('usage.invalid', {
    reason: `The data hold the credential ${name}; the demo runs without any, so that it cannot cost money.`,
    example: 'ASSAY_DATA=./demo-data assay demo',
  })

const sendTraffic = async ({ stage, narrator, colours }: Teller, key: string): Promise<void> => {
  const prompts = traffic.flatMap((group) => group.prompts)
  await narrator.step('requests', async (progress) => {
    const startedMs = performance.now()
    const waiting = [...prompts]
    const ids = new Set<string>()
    const send = async (): Promise<void> => {
      for (let prompt = waiting.shift(); prompt !== undefined; prompt = waiting.shift()) {
        const { requestId } = await stage.ask(key, { model: 'auto', messages: [{ role: 'user', content: prompt }] })
        ids.add(requestId)
        progress(`${bar(ids.size / prompts.length, BAR_WIDTH)} ${ids.size} of ${prompts.length}`)
      }
    }
    await Promise.all(Array.from({ length: PARALLEL }, send))
    const tookMs = performance.now() - startedMs
    const rows = await readBack(
      'requests',
      `${prompts.length} completed requests in the log`,
      async () =>
        (await readPages({ limit: '500' }, (query) => stage.client.listRequests({ query }))).filter(({ id }) =>
          ids.has(id),
        ),
      (found) => found.length === prompts.length && found.every(({ status }) => status === 'completed'),
    )
    const counts = Object.fromEntries(
      traffic.map(({ complexity }) => [complexity, rows.filter((row) => row.complexity === complexity).length]),
    )
    for (const { complexity, prompts: sent } of traffic) {
      if (counts[complexity] !== sent.length) throw notAsTold('requests', `${sent.length} ${complexity}`, counts)
    }
    const models = Map.groupBy(rows, ({ providerName, responseModel }) => `${providerName}/${responseModel}`)
    return {
      line: `${rows.length} of ${prompts.length} answered in ${duration(tookMs)}, model ${colours.bold('auto')}`,
      more: traffic.map(({ complexity }) => {
        const own = rows.filter((row) => row.complexity === complexity)
        const names = new Set(own.map(({ providerName, responseModel }) => `${providerName}/${responseModel}`))
        return `${complexity.padEnd(8)} ${bar(own.length / rows.length, BAR_WIDTH)} ${String(own.length).padStart(2)} → ${[...names].join(', ')}`
      }),
      figures: {
        requests: rows.length,
        ...counts,
        models: Object.fromEntries([...models].map(([name, { length }]) => [name, length])),
      },
    }
  })
  await narrator.step('cost', async () => {
    const { costNanoUsd, savingNanoUsd } = await summaryOf(stage, prompts.length)
    const [cost, saving] = [costNanoUsd.value ?? 0, savingNanoUsd.value ?? 0]
    if (saving <= 0) throw notAsTold('cost', 'a saving against the baseline model', { cost, saving })
    const share = saving / (cost + saving)
    return {
      line: `${formatUsd(cost)} instead of ${formatUsd(cost + saving)} with the baseline model`,
      more: [`saved ${formatUsd(saving)}  ${bar(share, BAR_WIDTH)} ${Math.round(share * 100)} % (an estimate)`],
      figures: { costNanoUsd: cost, savingNanoUsd: saving, savedShare: share },
    }
  })
}

const breakThreeTimes = async ({ stage, narrator, colours }: Teller, key: string): Promise<FailureGroup> => {
  const { client, modelServer } = stage
  let group: FailureGroup | undefined
  let field = ''
  await narrator.step('upstream', async () => {
    const { items: earlier } = await client.listRegressionTests({ query: { limit: 200 } })
    field = faultyFieldOf(earlier.length)
    const credential = await client.createCredential({
      body: {
        provider: 'compatible',
        name: DEMO_CREDENTIAL,
        baseUrl: `http://${modelServer.host}/v1`,
        secret: 'this server asks for no key',
      },
    })
    return {
      line: `a model server at ${credential.baseUrl}, version ${modelServer.version()}: it writes “${field}” out in words`,
      figures: { baseUrl: credential.baseUrl, version: modelServer.version(), field },
    }
  })
  for (const [index, prompt] of invoicePrompts.entries()) {
    await narrator.step('failure', async () => {
      const { text } = await stage.ask(key, invoiceRequest(prompt, field))
      const known = group
      group = await readBack(
        'failure',
        `a failure group with ${index + 1} occurrences`,
        async () => findGroup(stage, field, known),
        (found) => found?.occurrences === index + 1,
      )
      const { occurrences, threshold, title, category, testStatus } = group!
      return {
        line: `${bar(occurrences / threshold, threshold * 2)} ${occurrences} of ${threshold}  ${
          index === 0 ? plain(title) : colours.dim(plain(prompt).slice(0, 60))
        }`,
        figures: { occurrences, threshold, title, category, testStatus, groupId: group!.id, answerBytes: text.length },
      }
    })
  }
  return group!
}

const invoiceRequest = (prompt: string, field: string) => ({
  model: `compatible/${INVOICE_MODEL}`,
  messages: [
    { role: 'system' as const, content: 'You read invoices and answer in JSON.' },
    { role: 'user' as const, content: prompt },
  ],
  response_format: {
    type: 'json_schema',
    json_schema: {
      name: 'invoice',
      schema: {
        type: 'object',
        properties: { [field]: { type: 'number' }, currency: { type: 'string' } },
        required: [field, 'currency'],
        additionalProperties: false,
      },
    },
  },
})

/** The group that came into being through this demo: the newest one, and later the same again. */
const findGroup = async ({ client }: Stage, field: string, known: FailureGroup | undefined) => {
  if (known) return client.getFailureGroup({ params: { id: known.id } })
  const { items } = await client.listFailureGroups({ query: { sort: 'lastSeen', limit: 20 } })
  return items.find(({ title, why, occurrences }) => occurrences === 1 && JSON.stringify([title, why]).includes(field))
}

const findTest = async ({ stage, narrator, colours }: Teller, { id }: FailureGroup): Promise<RegressionTest> => {
  let test: RegressionTest | undefined
  await narrator.step('test', async () => {
    const group = await stage.client.getFailureGroup({ params: { id } })
    if (!group.testId) throw notAsTold('test', 'a regression test at the third occurrence', group)
    test = await stage.client.getRegressionTest({ params: { id: group.testId } })
    const { name, state, confidence, method } = test
    return {
      line: `${colours.bold(plain(name))} made itself: ${state}, confidence ${confidence}, ${method}s the third request`,
      figures: { testId: test.id, name, state, confidence, method },
    }
  })
  return test!
}

const showRed = ({ stage, narrator, colours }: Teller, { id }: RegressionTest): Promise<void> =>
  narrator.step('run', async () => {
    const { test, execution, run } = await runOnce(stage, id, 'manual')
    if (execution.outcome !== 'fail' || test.state !== 'red') throw notAsTold('run', 'a red test', { test, execution })
    return {
      line: `${colours.red('red')}: ${plain(execution.error ?? execution.actual).slice(0, 90)}`,
      figures: figuresOf({ test, execution, run }),
    }
  })

const showGreen = async ({ stage, narrator, colours }: Teller, { id }: RegressionTest): Promise<void> => {
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

const earnConfidence = async ({ stage, narrator, colours }: Teller, { id }: RegressionTest): Promise<void> => {
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

const reportFromApplication = ({ stage, narrator, colours }: Teller, key: string): Promise<void> =>
  narrator.step('report', async () => {
    const before = await allGroups(stage)
    const application = createAssay({ url: stage.url, key, environment: 'local', release: 'demo' })
    const order = Math.floor(performance.now())
    application.reportFailure(new TypeError(`Cannot read properties of undefined (reading 'invoiceLines')`), {
      context: { order },
    })
    if (!(await application.flush())) throw notAsTold('report', 'a report that arrives', before.length)
    const counted = (groups: FailureGroup[]) => groups.reduce((sum, { occurrences }) => sum + occurrences, 0)
    const after = await readBack(
      'report',
      'one more failure',
      () => allGroups(stage),
      (groups) => counted(groups) === counted(before) + 1,
    )
    const changed = after.find(
      ({ id, occurrences }) => occurrences !== (before.find((old) => old.id === id)?.occurrences ?? 0),
    )!
    return {
      line: `${colours.bold(plain(changed.title))}: ${changed.category}, ${changed.occurrences} of ${changed.threshold}`,
      figures: { groupId: changed.id, category: changed.category, occurrences: changed.occurrences },
    }
  })

const allGroups = ({ client }: Stage): Promise<FailureGroup[]> =>
  readPages({ limit: '1000' }, (query) => client.listFailureGroups({ query }))

const tellTotals = ({ stage, narrator, colours }: Teller): Promise<void> =>
  narrator.step('totals', async () => {
    const [summary, groups, tests] = await Promise.all([
      stage.client.getValueSummary({ query: { hours: 24 } }),
      allGroups(stage),
      readPages({ limit: '1000' }, (query) => stage.client.listRegressionTests({ query })),
    ])
    const failures = groups.reduce((sum, { occurrences }) => sum + occurrences, 0)
    const requests = summary.requests.value ?? 0
    const [cost, saving] = [summary.costNanoUsd.value, summary.savingNanoUsd.value]
    const active = tests.filter(({ state }) => state === 'active').length
    return {
      line: colours.bold(
        `${requests} requests · ${formatUsd(cost)} spent · ${formatUsd(saving)} saved · ` +
          `${failures} failures in ${groups.length} groups · ${active} active of ${tests.length} tests`,
      ),
      figures: {
        requests,
        costNanoUsd: cost,
        savingNanoUsd: saving,
        failures,
        groups: groups.length,
        tests: tests.length,
        active,
      },
    }
  })

const summaryOf = ({ client }: Stage, requests: number) =>
  readBack(
    'cost',
    `the sums of at least ${requests} requests`,
    () => client.getValueSummary({ query: { hours: 24 } }),
    (summary) => (summary.requests.value ?? 0) >= requests,
  )
