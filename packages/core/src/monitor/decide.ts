import { parsePassAt } from '../suite/repeats.ts'
import { isJudgedType } from '../assertions/list.ts'
import type { RegressionTest } from './regression-test.ts'

/** How one attempt ended; `error`: it could not be made, or not judged. */
export type Tried = 'passed' | 'failed' | 'error'

/** How often a test is tried, and what that says. */
export type AttemptRule = {
  /** Enough passes of so many attempts, each of which is made; null: one pass decides, and a failure is repeated. */
  passAt: { passes: number; of: number } | null
  /** Further attempts of a failing test. */
  reruns: number
  /** Passes in a row that are wanted; two to show green. */
  rounds: number
}

/** How an execution ends; null while it goes on. */
export type Decided = { outcome: 'pass' | 'flaky' | 'fail' | 'error'; passes: number } | null

export const DEFAULT_RERUNS = 3
/** What only a model can judge is asked more than once. */
const JUDGED_PASS_AT = { passes: 2, of: 3 }

/** The rule of a test: what it declares, else 2 of 3 where a model judges, else reruns. */
export const ruleOf = (
  { passAt, expected, phases }: Pick<RegressionTest, 'passAt' | 'expected' | 'phases'>,
  { reruns = DEFAULT_RERUNS, rounds = 1 }: { reruns?: number | undefined; rounds?: number } = {},
): AttemptRule => {
  const declared = passAt === null ? null : parsePassAt(passAt)
  const specs = [expected, ...phases.map((phase) => phase.expected)].flatMap(({ assertions = [] }) => assertions)
  const isJudged = specs.some(({ type, assert = [] }) => [type, ...assert.map((one) => one.type)].some(isJudgedType))
  return { passAt: declared ?? (isJudged ? JUDGED_PASS_AT : null), reruns, rounds }
}

/** What the attempts so far, in their order, come to. */
export const decide = ({ passAt, reruns, rounds }: AttemptRule, tried: readonly Tried[]): Decided => {
  if (tried.at(-1) === 'error') return { outcome: 'error', passes: 0 }
  return passAt ? decideOf(passAt, rounds, tried) : decideRerun({ reruns, rounds }, tried)
}

const decideOf = ({ passes, of }: { passes: number; of: number }, rounds: number, tried: readonly Tried[]): Decided => {
  for (let round = 0; round < rounds; round++) {
    const block = tried.slice(round * of, (round + 1) * of)
    if (block.length < of) return null
    if (count(block) < passes) return { outcome: 'fail', passes: 0 }
  }
  return { outcome: 'pass', passes: rounds }
}

const decideRerun = ({ reruns, rounds }: { reruns: number; rounds: number }, tried: readonly Tried[]): Decided => {
  const passes = count(tried)
  const isGreen = tried.length >= rounds && tried.slice(-rounds).every((one) => one === 'passed')
  if (isGreen) return { outcome: tried.length === rounds ? 'pass' : 'flaky', passes: rounds }
  if (passes === 0) return tried.length > reruns ? { outcome: 'fail', passes } : null
  // One that passed and failed has shown all that it will.
  return tried.length >= reruns + rounds ? { outcome: 'flaky', passes: 0 } : null
}

const count = (tried: readonly Tried[]): number => tried.filter((one) => one === 'passed').length
