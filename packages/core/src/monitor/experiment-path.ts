import type { ChatRequest } from '../gateway/chat.ts'
import { createPairedTest, createRateTest, pairedBounds, rateBounds, type ExperimentVerdict } from './experiment.ts'
import type { ExperimentDesign, ExperimentDetails, Strategy } from './experiment-api.ts'

/** One thing that was seen of one arm; `unit` is the case or conversation. In the order in which they were seen. */
export type Observation = { arm: string; unit: string; passed: boolean }

/** Where an experiment stands after some observations. */
export type ExperimentReading = { verdict: ExperimentVerdict; samples: number } & Pick<
  ExperimentDetails,
  'path' | 'passed'
>

const MOST_POINTS = 500

/**
 * Reads the observations one after the other; looking often costs nothing. Two arms of a suite are paired by their case,
 * those of traffic in the order in which their outcomes came, for no conversation has two arms.
 */
export const readExperiment = (
  {
    arms,
    design,
    isPairedByUnit,
  }: { arms: readonly Pick<Strategy, 'name'>[]; design: ExperimentDesign; isPairedByUnit: boolean },
  observations: readonly Observation[],
): ExperimentReading => {
  const ratios: number[][] = []
  let verdict: ExperimentVerdict = 'undecided'
  if (design.kind === 'rate') {
    const test = createRateTest(design)
    for (const { passed } of observations) {
      if (verdict !== 'undecided' || ratios.length >= design.maxSamples) break
      verdict = test.observe(passed)
      ratios.push([test.ratio()])
    }
  } else {
    const test = createPairedTest(design)
    for (const pair of pairsOf(observations, { arms, isPairedByUnit })) {
      if (verdict !== 'undecided' || ratios.length >= design.maxSamples) break
      verdict = test.observe(pair)
      const { better, worse } = test.ratios()
      ratios.push([better, worse])
    }
  }
  return {
    verdict,
    samples: ratios.length,
    passed: Object.fromEntries(arms.map(({ name }) => [name, countOf(observations, name)])),
    path: { ...(design.kind === 'rate' ? rateBounds : pairedBounds), points: thinned(ratios) },
  }
}

const countOf = (observations: readonly Observation[], arm: string) => {
  const own = observations.filter((one) => one.arm === arm)
  return { passed: own.filter(({ passed }) => passed).length, total: own.length }
}

/** The outcomes of both arms, each pair in the order in which its second half was seen. */
const pairsOf = (
  observations: readonly Observation[],
  { arms, isPairedByUnit }: { arms: readonly Pick<Strategy, 'name'>[]; isPairedByUnit: boolean },
): { baseline: boolean; candidate: boolean }[] => {
  const [first, second] = arms
  const waiting = new Map<string, { arm: string; passed: boolean }>()
  const counts = new Map<string, number>()
  const pairs: { baseline: boolean; candidate: boolean }[] = []
  for (const { arm, unit, passed } of observations) {
    if (arm !== first?.name && arm !== second?.name) continue
    const place = counts.get(arm) ?? 0
    counts.set(arm, place + 1)
    const key = isPairedByUnit ? unit : String(place)
    const other = waiting.get(key)
    if (other === undefined || other.arm === arm) {
      waiting.set(key, { arm, passed })
      continue
    }
    waiting.delete(key)
    pairs.push(
      arm === second?.name
        ? { baseline: other.passed, candidate: passed }
        : { baseline: passed, candidate: other.passed },
    )
  }
  return pairs
}

const thinned = (ratios: readonly number[][]): ExperimentDetails['path']['points'] => {
  const step = Math.max(1, Math.ceil(ratios.length / MOST_POINTS))
  return ratios.flatMap((of, index) =>
    (index + 1) % step === 0 || index === ratios.length - 1 ? [{ sample: index + 1, ratios: of }] : [],
  )
}

/** What is asked where neither an arm nor the suite names a model. */
export const DEFAULT_EXPERIMENT_MODEL = 'sim/echo'

/** A request as a strategy asks it. */
export const applyStrategy = (request: ChatRequest, { model, prompt, parameters }: Strategy): ChatRequest => ({
  ...request,
  ...parameters,
  ...(model === undefined ? {} : { model }),
  ...(prompt === undefined ? {} : { messages: withPrompt(request.messages, prompt) }),
})

const withPrompt = (messages: ChatRequest['messages'], prompt: string): ChatRequest['messages'] => [
  { role: 'system', content: prompt },
  ...messages.filter(({ role }) => role !== 'system' && role !== 'developer'),
]

/** The arm of a conversation, the same each time; null for one that takes no part. Even chance by FNV-1a of its name. */
export const armOf = (
  { id, arms, share }: { id: string; arms: readonly Strategy[]; share: number },
  unit: string,
): Strategy | null => {
  if (fraction(`${id} share ${unit}`) >= share) return null
  return arms[Math.floor(fraction(`${id} arm ${unit}`) * arms.length)] ?? null
}

const fraction = (text: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  // The last letters reach only the low bits; mixing spreads them.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 4_294_967_296
}
