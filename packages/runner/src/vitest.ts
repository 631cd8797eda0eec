/**
 * Suites and assertions in Vitest: `evalSuite(suite)` makes a test of each case, and
 * `await expect(answer).toSatisfy(contains({ … }))` checks one value. Importing this adds the matcher.
 */
import { expect } from 'vitest'
import { toSatisfy, type ToSatisfy } from './vitest/to-satisfy.ts'

export { readSuiteFile } from './suite-file/suite-file.ts'
export { evalSuite, type EvalOptions } from './vitest/eval-suite.ts'
export type { SatisfyContext } from './vitest/to-satisfy.ts'

expect.extend({ toSatisfy })

declare module 'vitest' {
  // The matcher that Vitest has by this name takes a predicate; this one takes that, or an assertion.
  interface Assertion<R extends void | Promise<void> = void, T = unknown> {
    toSatisfy: ToSatisfy<R>
  }
}
