import type { Usage } from '@assay/core'

/** The sum of what two calls used up. */
export const addUsage = (sum: Usage, more: Usage): Usage => {
  const total: Record<string, unknown> = { ...more }
  for (const [name, value] of Object.entries(sum)) {
    const other: unknown = Reflect.get(more, name)
    if (typeof value === 'number') total[name] = value + (typeof other === 'number' ? other : 0)
  }
  return total as Usage
}
