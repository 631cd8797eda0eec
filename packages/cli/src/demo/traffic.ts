import type { RequestRecord } from '@assay/core'
import { readPages } from '../pages.ts'
import { bar } from '../print/chart.ts'
import { duration } from '../print/time.ts'
import { traffic } from './prompts.ts'
import { notAsTold, readBack } from './read-back.ts'
import type { Stage } from './stage.ts'
import { BAR_WIDTH, smallSum, type Teller } from './teller.ts'

const PARALLEL = 6

/** Sixty requests over HTTP, each model chosen by the gateway; then what they cost, and what they would have. */
export const sendTraffic = async ({ stage, narrator, colours }: Teller, key: string): Promise<void> => {
  let rows: RequestRecord[] = []
  await narrator.step('requests', async (progress) => {
    const startedMs = performance.now()
    const ids = await sendAll(stage, key, progress)
    const tookMs = performance.now() - startedMs
    rows = await readBack(
      'requests',
      `${ids.size} completed requests in the log`,
      () => requestsWith(stage, ids),
      (found) => found.length === ids.size && found.every(({ status }) => status === 'completed'),
    )
    const classes = traffic.map(({ complexity, prompts }) => {
      const own = rows.filter((row) => row.complexity === complexity)
      if (own.length !== prompts.length) throw notAsTold('requests', `${prompts.length} ${complexity}`, own.length)
      return { complexity, requests: own.length, models: [...new Set(own.map(modelOf))] }
    })
    return {
      line: `${rows.length} answered in ${duration(tookMs)}, all asked for ${colours.bold('auto')}`,
      more: classes.map(
        ({ complexity, requests, models }) =>
          `${complexity.padEnd(8)} ${bar(requests / rows.length, BAR_WIDTH)} ${String(requests).padStart(2)} → ${models.join(', ')}`,
      ),
      figures: { requests: rows.length, tookMs: Math.round(tookMs), classes },
    }
  })
  await narrator.step('cost', async () => {
    const costNanoUsd = sumOf(rows, ({ costNanoUsd }) => costNanoUsd)
    const baselineNanoUsd = sumOf(rows, ({ baselineCostNanoUsd }) => baselineCostNanoUsd)
    const savingNanoUsd = sumOf(rows, ({ savingNanoUsd }) => savingNanoUsd)
    if (savingNanoUsd <= 0)
      throw notAsTold('cost', 'a saving against the baseline model', { costNanoUsd, savingNanoUsd })
    const share = savingNanoUsd / baselineNanoUsd
    return {
      line: `${smallSum(costNanoUsd)} instead of ${smallSum(baselineNanoUsd)} had all gone to the baseline model`,
      more: [
        `saved    ${bar(share, BAR_WIDTH)} ${smallSum(savingNanoUsd)}, ${Math.round(share * 100)} % (an estimate)`,
      ],
      figures: { costNanoUsd, baselineNanoUsd, savingNanoUsd, savedShare: share },
    }
  })
}

/** Sends the traffic, a few requests at a time; answers their ids. */
const sendAll = async (stage: Stage, key: string, progress: (text: string) => void): Promise<Set<string>> => {
  const prompts = traffic.flatMap((group) => group.prompts)
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
  return ids
}

/** These requests as the log has them; enough of the newest are read to hold them all. */
const requestsWith = async ({ client }: Stage, ids: ReadonlySet<string>): Promise<RequestRecord[]> => {
  const newest = await readPages({ limit: 2 * ids.size }, (query) => client.listRequests({ query }))
  return newest.filter(({ id }) => ids.has(id))
}

const modelOf = ({ attempts }: RequestRecord): string => {
  const answering = attempts.at(-1)
  return answering ? `${answering.providerName}/${answering.model}` : 'none'
}

const sumOf = (rows: readonly RequestRecord[], part: (row: RequestRecord) => number | null): number =>
  rows.reduce((sum, row) => sum + (part(row) ?? 0), 0)
