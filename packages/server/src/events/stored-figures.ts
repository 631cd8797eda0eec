import { budgetWindows } from '@assay/core'
import { countJobs, fullestBudgets, type Store } from '@assay/store'
import { jobNames } from '../jobs/work.ts'
import { OTHER } from './labels.ts'

/** Jobs by queue and state; queues that are not of this version count together. */
export const jobCounts = async ({ inSystem }: Pick<Store, 'inSystem'>) => {
  const sums = new Map<string, { labels: { queue: string; state: string }; value: number }>()
  for (const { name, state, count } of await inSystem(countJobs)) {
    const labels = { queue: jobNames.has(name) ? name : OTHER, state }
    const key = `${labels.queue} ${state}`
    sums.set(key, { labels, value: (sums.get(key)?.value ?? 0) + count })
  }
  return [...sums.values()]
}

/** How much of the fullest budget is gone, for each length of window that has one. */
export const budgetShares = async ({ inSystem }: Pick<Store, 'inSystem'>, now: () => number) => {
  const shares = await inSystem((system) => fullestBudgets(system, { now: now() }))
  return budgetWindows.flatMap((window) => {
    const share = shares.find((one) => one.window === window)
    return share ? [{ labels: { window }, value: share.share }] : []
  })
}
