import type { RegressionTest } from '@assay/core'

/** What the tests say together; retired ones are out of every figure. */
export type TestFigures = {
  total: number
  active: number
  meanConfidence: number | null
  passes: number
  settled: number
  passRate: number | null
  /** Broken first, then flaky, the least trusted first. */
  attention: RegressionTest[]
}

export const figuresOf = (tests: readonly RegressionTest[]): TestFigures => {
  const living = tests.filter(({ state }) => state !== 'retired')
  const sum = (figure: (test: RegressionTest) => number) => living.reduce((total, test) => total + figure(test), 0)
  const passes = sum((test) => test.passes)
  const settled = passes + sum((test) => test.fails)
  return {
    total: living.length,
    active: living.filter(({ state }) => state === 'active').length,
    meanConfidence: living.length === 0 ? null : sum(({ confidence }) => confidence) / living.length,
    passes,
    settled,
    passRate: settled === 0 ? null : passes / settled,
    attention: living
      .filter(({ state }) => state === 'broken' || state === 'flaky' || state === 'red')
      .toSorted((left, right) => urgency(left) - urgency(right) || left.confidence - right.confidence),
  }
}

const urgency = ({ state }: RegressionTest): number => ['broken', 'flaky', 'red'].indexOf(state)
