import type { AssertionSpec } from '../suite/suite.ts'

/** How an assertion counts, what of the answer it looks at, and which judge it asks in which words. */
export type WeighedOptions = Partial<
  Pick<AssertionSpec, 'weight' | 'metric' | 'transform' | 'provider' | 'rubricPrompt' | 'repeat'>
>

/** Only what was said, so that the rest of a suite can say the rest. */
export const weighed = (given: WeighedOptions): WeighedOptions =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
