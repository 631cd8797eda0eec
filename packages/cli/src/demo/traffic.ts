import { formatUsd } from '@assay/core'
import { readPages } from '../pages.ts'
import { bar } from '../print/chart.ts'
import { duration } from '../print/time.ts'
import { traffic } from './prompts.ts'
import { notAsTold, readBack } from './read-back.ts'
import type { Stage } from './stage.ts'
import { BAR_WIDTH, type Teller } from './teller.ts'

const PARALLEL = 6

/** Sixty requests over HTTP, each model chosen by the gateway; then what they cost, and what they would have. */
export const sendTraffic = async ({ stage, narrator, colours }: Teller, key: string): Promise<void> => {
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
        (await readPages({ limit: 500 }, (query) => stage.client.listRequests({ query }))).filter(({ id }) =>
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

const summaryOf = ({ client }: Stage, requests: number) =>
  readBack(
    'cost',
    `the sums of at least ${requests} requests`,
    () => client.getValueSummary({ query: { hours: 24 } }),
    (summary) => (summary.requests.value ?? 0) >= requests,
  )
