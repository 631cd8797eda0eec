import { AssayError, type FailureGroup } from '@assay/core'
import { createAssay } from '@assay/client'
import { readPages } from '../pages.ts'
import { plain } from '../print/width.ts'
import { askGate, earnConfidence, showGreen, showRed } from './guard.ts'
import { breakThreeTimes, findTest } from './production.ts'
import { notAsTold, readBack } from './read-back.ts'
import type { Stage } from './stage.ts'
import { DEMO_CREDENTIAL, smallSum, type Teller } from './teller.ts'
import { sendTraffic } from './traffic.ts'

/** Tells the whole loop: traffic, a failure three times, the test it leaves behind, the fix, growing confidence, an open gate. */
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
  await askGate(teller)
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
  readPages({ limit: 1000 }, (query) => client.listFailureGroups({ query }))

const tellTotals = ({ stage, narrator, colours }: Teller): Promise<void> =>
  narrator.step('totals', async () => {
    const [summary, groups, tests] = await Promise.all([
      stage.client.getValueSummary({ query: { hours: 24 } }),
      allGroups(stage),
      readPages({ limit: 1000 }, (query) => stage.client.listRegressionTests({ query })),
    ])
    const failures = groups.reduce((sum, { occurrences }) => sum + occurrences, 0)
    const requests = summary.requests.value ?? 0
    const [cost, saving] = [summary.costNanoUsd.value ?? 0, summary.savingNanoUsd.value ?? 0]
    const active = tests.filter(({ state }) => state === 'active').length
    return {
      line: colours.bold(
        `${requests} requests · ${smallSum(cost)} spent · ${smallSum(saving)} saved · ` +
          `${failures} failures in ${groups.length} groups · ${active} of ${tests.length} tests active`,
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
