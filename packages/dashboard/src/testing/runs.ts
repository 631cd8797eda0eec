import {
  addToSide,
  addToTotals,
  CaseResult,
  compareRuns,
  emptyTotals,
  HOUR_MS,
  MINUTE_MS,
  newRun,
  Run,
  RunComparison,
  timestamp,
  totalsOf,
  type RunSide,
} from '@assay/core'
import { createRandom, idOf } from './random.ts'

/** A run with its results, as the server of the tests knows them. */
export type KnownRun = { run: Run; results: CaseResult[] }

const models = ['compatible/small-instruct', 'anthropic/claude-sonnet-4', 'sim/echo']
const titles = [
  'Total of an invoice in euros',
  'Refund of a late parcel',
  'Greeting in the language of the customer',
  'Names the three ways to return a parcel, and says which of them is free of charge in the country of the customer',
  'Answer as JSON with total and currency',
  'Refuses to give the address of another customer',
  'Order number out of a forwarded mail',
  'Says that it does not know, instead of a guess',
]

/** Runs of every kind: with failures, all green, under way, waiting, broken off, cancelled and uploaded. */
export const makeRuns = (now: number): KnownRun[] => [
  known(now, 0, { status: 'running', planned: 24, trigger: 'ci' }, { share: 0.5 }),
  known(now, 1, { baselineOf: null }, { failing: 0.35 }),
  known(now, 2, { baselineOf: 'main', trigger: 'cron' }, { failing: 0 }),
  known(now, 3, { name: 'order desk, tools', provenance: 'self_reported', environment: 'local' }, { failing: 0.1 }),
  known(now, 4, { status: 'failed', error: 'The run broke off; the server log says why.' }, { share: 0.2 }),
  known(now, 5, { status: 'cancelled', trigger: 'deployment', environment: 'staging' }, { share: 0.4 }),
  known(now, 6, { status: 'queued', planned: 24 }, { share: 0 }),
]

/** One run against another, by the statistics of the server. */
export const comparisonOf = (before: KnownRun, after: KnownRun): RunComparison => {
  const comparison = compareRuns({ before: sideOf(before), after: sideOf(after) })
  const { moved, added, removed, changed } = comparison
  const counts = { moved: moved.length, added: added.length, removed: removed.length, changed: changed.length }
  return RunComparison.parse({ ...comparison, counts, before: before.run, after: after.run })
}

const sideOf = ({ results }: KnownRun): RunSide => {
  const side: RunSide = new Map()
  for (const result of results) addToSide(side, result)
  return side
}

const known = (
  now: number,
  number: number,
  changes: Partial<Run>,
  { failing = 0.2, share = 1 }: { failing?: number; share?: number },
): KnownRun => {
  const results = makeResults(number, failing).slice(0, Math.round(24 * share))
  const createdAt = timestamp(now - number * 3 * HOUR_MS - MINUTE_MS)
  const sum = emptyTotals()
  for (const result of results) addToTotals(sum, result)
  const isOpen = changes.status === 'running' || changes.status === 'queued'
  const totals = results.length === 0 ? null : totalsOf(sum, 42_300)
  const run = newRun({
    id: idOf(6, number),
    name: 'order desk',
    trigger: 'manual',
    environment: 'production',
    createdAt,
    status: 'completed',
    models: [...models, 'openai/gpt-4o'],
    planned: 24,
    dialect: 'assay',
    startedAt: createdAt,
    finishedAt: isOpen ? null : timestamp(now - number * 3 * HOUR_MS),
    totals,
    costNanoUsd: totals?.costNanoUsd ?? null,
    modelTotals: models.map((model) => {
      const ofModel = emptyTotals()
      for (const result of results) if (result.model === model) addToTotals(ofModel, result)
      return { ...totalsOf(ofModel), model }
    }),
    ...changes,
  })
  return { run: Run.parse(run), results }
}

const makeResults = (seed: number, failing: number): CaseResult[] => {
  const random = createRandom(seed + 3)
  return titles.flatMap((title, number) =>
    models.map((model) => makeResult({ title, number, model, isBad: random.next() < failing, chance: random.next() })),
  )
}

const makeResult = ({
  title,
  number,
  model,
  isBad,
  chance,
}: {
  title: string
  number: number
  model: string
  isBad: boolean
  chance: number
}): CaseResult => {
  const isError = isBad && chance < 0.2
  const expected = 'The total is 118.40 EUR, and 18.90 EUR of it is tax.'
  const actual = isBad ? 'The total is 118.40 USD. <script>alert(1)</script>' : expected
  return CaseResult.parse({
    caseKey: `case-${number}`,
    title,
    model,
    repeat: 1,
    status: isError ? 'error' : isBad ? 'failed' : 'passed',
    score: isError ? 0 : isBad ? 0.5 : 1,
    input: `${title}: what do you answer?`,
    response: isError ? null : actual,
    error: isError ? { code: 'gateway.timeout', message: 'The model gave no answer within 120 s.' } : null,
    verdicts: isError
      ? []
      : [
          { type: 'is-json', pass: true, score: 1, reason: 'it parses', weight: 1 },
          {
            type: 'equals',
            pass: !isBad,
            score: isBad ? 0 : 1,
            reason: isBad ? 'Expected output to equal the text' : 'equal',
            weight: 1,
            expected,
            actual,
          },
        ],
    latencyMs: isError ? null : 400 + chance * 2_000,
    durationMs: 450 + chance * 2_100,
    usage: isError
      ? null
      : {
          inputTokens: 410,
          outputTokens: 62,
          cacheReadInputTokens: 256,
          cacheWriteInputTokens: 0,
          reasoningOutputTokens: 0,
        },
    costNanoUsd: isError ? null : Math.round(120_000 + chance * 400_000),
    kind: number === 4 ? 'contract' : number === 6 ? 'integration' : 'plain',
    tags: number % 3 === 0 ? ['invoices', 'money'] : [],
    assertHash: 'b7d0',
    ...(number === 6 && {
      steps: 2,
      toolCalls: [
        {
          name: 'find_order',
          args: { mail: 'forwarded' },
          status: 'ok',
          resultBytes: 48,
          durationMs: 31,
          step: 1,
          result: '{"order": 4711}',
        },
      ],
    }),
  })
}
