import { afterAll, beforeAll, describe } from 'vitest'
import { openTestStore, type TestStore, type TestStoreOptions } from './test-store.ts'
import { describeCache } from './store-contract/cache.ts'
import { describeAlerts } from './store-contract/alerts.ts'
import { describeBudgets } from './store-contract/budgets.ts'
import { describeLearning } from './store-contract/learn.ts'
import { describeGroups } from './store-contract/groups.ts'
import { describeMonitor } from './store-contract/monitor.ts'
import { describePrices } from './store-contract/prices.ts'
import { describePeople } from './store-contract/people.ts'
import { describeRequests } from './store-contract/requests.ts'
import { describeSchedules } from './store-contract/schedules.ts'
import { describeSuite } from './store-contract/suite.ts'
import { describeSuites } from './store-contract/suites.ts'
import { describeVault } from './store-contract/vault.ts'
import { describeWalls } from './store-contract/walls.ts'

/** What every store does, whatever engine it stands on. Each engine's test file runs it on one store. */
export const describeStore = (engine: string, options: TestStoreOptions | null): void => {
  describe.skipIf(options === null)(`a store on ${engine}`, () => {
    let opened: TestStore
    beforeAll(async () => void (opened = await openTestStore(options!)))
    afterAll(() => opened?.[Symbol.asyncDispose]())

    const current = (): TestStore => opened
    describePeople(current)
    describeRequests(current)
    describeBudgets(current)
    describeCache(current)
    describeMonitor(current)
    describeLearning(current)
    describeGroups(current)
    describeAlerts(current)
    describeSchedules(current)
    describeSuite(current)
    describeSuites(current)
    describePrices(current)
    describeVault(current)
    describeWalls(current)
  })
}
