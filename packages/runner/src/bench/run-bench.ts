import { setTimeout as timer } from 'node:timers/promises'
import {
  answerOf,
  costOf,
  estimateTokens,
  noUsage,
  type BenchPrompt,
  type BenchSample,
  type Complete,
  type PriceRow,
} from '@assay/core'
import { checkAnswer, errorOf, type CheckTools } from '../check-answer.ts'
import { failureOf } from '../failure.ts'

/** A model to ask, by the name that calls go by. */
export type BenchPlace = { provider: string; model: string; price: PriceRow | null }

type Sleep = (milliseconds: number, signal: AbortSignal) => Promise<void>

export type BenchOptions = {
  places: readonly BenchPlace[]
  prompts: readonly BenchPrompt[]
  repeat: number
  concurrency: number
  /** Waited between two calls of one provider's line. */
  delayMs: number
  stream: boolean
  maxCostNanoUsd: number | null
  complete: Complete
  tools: CheckTools
  now: () => number
  sleep?: Sleep
  signal: AbortSignal
  onSample?: (sample: BenchSample, done: number, planned: number) => void
}

/** What was measured, and what ended it early. */
export type BenchOutcome = { samples: BenchSample[]; stoppedBy: 'max_cost' | 'interrupt' | null }

/** A provider that asks for longer is not waited for. */
const LONGEST_WAIT_MS = 30_000
const MOST_WAITS = 3

type Planned = { place: BenchPlace; prompt: BenchPrompt }

/** Asks every model every prompt, in an order that begins with another model each round. */
export const runBench = async (options: BenchOptions): Promise<BenchOutcome> => {
  const { maxCostNanoUsd, signal, sleep = sleepUntil } = options
  const planned = planOf(options)
  const samples: BenchSample[] = []
  let next = 0
  let spentNanoUsd = 0
  let heldNanoUsd = 0
  let stoppedBy: BenchOutcome['stoppedBy'] = null

  const worker = async (): Promise<void> => {
    for (let isFirst = true; next < planned.length && stoppedBy === null; isFirst = false) {
      const one = planned[next++]!
      const most = mostNanoUsd(one)
      if (maxCostNanoUsd !== null && spentNanoUsd + heldNanoUsd + most > maxCostNanoUsd) {
        stoppedBy = 'max_cost'
        return
      }
      heldNanoUsd += most
      if (!isFirst && options.delayMs > 0) await sleep(options.delayMs, signal).catch(() => {})
      const sample = signal.aborted ? null : await ask(one, options)
      heldNanoUsd -= most
      if (signal.aborted) {
        stoppedBy = 'interrupt'
        return
      }
      spentNanoUsd += sample!.costNanoUsd ?? 0
      samples.push(sample!)
      options.onSample?.(sample!, samples.length, planned.length)
    }
  }
  await Promise.all(Array.from({ length: options.concurrency }, worker))
  return { samples, stoppedBy }
}

const planOf = ({ places, prompts, repeat }: BenchOptions): Planned[] =>
  Array.from({ length: repeat }, (_, round) =>
    prompts.flatMap((prompt, index) => {
      const turn = (round + index) % Math.max(1, places.length)
      return [...places.slice(turn), ...places.slice(0, turn)].map((place) => ({ place, prompt }))
    }),
  ).flat()

/** What a run would ask, and what each model may cost in it; null without a price. */
export type BenchPlan = {
  calls: number
  mostNanoUsd: number
  rows: { provider: string; model: string; calls: number; mostNanoUsd: number | null }[]
}

/** What a run would ask, and what it costs at most. */
export const benchPlan = ({
  places,
  prompts,
  repeat,
}: Pick<BenchOptions, 'places' | 'prompts' | 'repeat'>): BenchPlan => {
  const rows = places.map((place) => ({
    provider: place.provider,
    model: place.model,
    calls: prompts.length * repeat,
    mostNanoUsd: place.price && prompts.reduce((sum, prompt) => sum + mostNanoUsd({ place, prompt }), 0) * repeat,
  }))
  return {
    calls: rows.reduce((sum, { calls }) => sum + calls, 0),
    mostNanoUsd: rows.reduce((sum, row) => sum + (row.mostNanoUsd ?? 0), 0),
    rows,
  }
}

/** What the call costs when the model says all it may. */
const mostNanoUsd = ({ place: { price }, prompt }: Planned): number =>
  price ? costOf({ ...noUsage, inputTokens: estimateTokens(prompt.text), outputTokens: prompt.maxTokens }, price) : 0

const ask = async ({ place, prompt }: Planned, options: BenchOptions): Promise<BenchSample> => {
  const { provider, model } = place
  const base = { provider, model, level: prompt.level }
  const startedAt = options.now()
  try {
    const answer = await patiently(options, () =>
      options.complete(
        {
          model: `${provider}/${model}`,
          messages: [{ role: 'user', content: prompt.text }],
          temperature: 0,
          max_tokens: prompt.maxTokens,
          ...(options.stream ? { stream: true } : undefined),
        },
        { signal: options.signal },
      ),
    )
    const verdicts = await checkAnswer(prompt.assert, answerOf(answer.text), options.tools)
    return {
      ...base,
      latencyMs: answer.latencyMs,
      ttftMs: answer.ttftMs,
      inputTokens: answer.usage.inputTokens,
      outputTokens: answer.usage.outputTokens,
      costNanoUsd: place.price ? costOf(answer.usage, place.price) : answer.costNanoUsd,
      isRight: verdicts.every(({ pass }) => pass),
      error: null,
    }
  } catch (error) {
    const { code, message } = errorOf(error)
    const nothing = { ttftMs: null, inputTokens: 0, outputTokens: 0, costNanoUsd: 0, isRight: null }
    return { ...base, ...nothing, latencyMs: options.now() - startedAt, error: `${code}: ${message}` }
  }
}

/** Waits as long as a provider that is asked too much says, when that is not too long. */
const patiently = async <Result>(
  { sleep = sleepUntil, signal }: BenchOptions,
  call: () => Promise<Result>,
): Promise<Result> => {
  for (let waits = 0; ; waits++) {
    try {
      return await call()
    } catch (error) {
      const { isOverload, retryAfterMs } = failureOf(error)
      const canWait = isOverload && retryAfterMs !== null && retryAfterMs <= LONGEST_WAIT_MS && waits < MOST_WAITS
      if (!canWait || signal.aborted) throw error
      await sleep(retryAfterMs, signal)
    }
  }
}

const sleepUntil: Sleep = async (milliseconds, signal) => {
  await timer(milliseconds, undefined, { signal })
}
