import type { Completion } from '@assay/core'

/** Calls that several cases share, whoever comes first. */
export type SharedVerdicts = { once(key: string, call: () => Promise<Completion>): Promise<Completion> }

const MOST = 2_000

/** Remembers the newest calls, so that answers to one question are compared once and by one verdict. */
export const createSharedVerdicts = (): SharedVerdicts => {
  const calls = new Map<string, Promise<Completion>>()
  return {
    once: async (key, call) => {
      const known = calls.get(key)
      if (known) return { ...(await known), cached: true }
      const made = call()
      if (calls.size >= MOST) calls.delete(calls.keys().next().value!)
      calls.set(key, made)
      try {
        return await made
      } catch (error) {
        calls.delete(key)
        throw error
      }
    },
  }
}
