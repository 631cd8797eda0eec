import type { Category, FailureGroup, RegressionTest, Severity } from '@assay/core'
import { oneOf, searchReader, textUpTo } from '../app/address.ts'
import { words } from '../words.ts'

const keysOf = <Key extends string>(table: Record<Key, unknown>) => Object.keys(table) as Key[]

export const groupStates = keysOf(words.groupStates)
export const categories = keysOf(words.categories)
export const testStates = keysOf(words.testStates)
export const severities = keysOf(words.severities)
export const groupOrders = ['lastSeen', 'occurrences'] as const

/** The filters of the failure groups, as they stand in the address. */
export type FailureSearch = {
  state?: FailureGroup['state'] | undefined
  category?: Category | undefined
  severity?: Severity | undefined
  family?: string | undefined
  q?: string | undefined
  sort: (typeof groupOrders)[number]
}

export const failureSearch = searchReader<FailureSearch>(
  {
    state: oneOf(groupStates),
    category: oneOf(categories),
    severity: oneOf(severities),
    family: textUpTo(300),
    q: textUpTo(200),
    sort: oneOf(groupOrders),
  },
  { sort: 'lastSeen' },
)

/** The filters of the regression tests, as they stand in the address. */
export type TestSearch = { state?: RegressionTest['state'] | undefined; tag?: string | undefined }

export const testSearch = searchReader<TestSearch>({ state: oneOf(testStates), tag: textUpTo(64) })
