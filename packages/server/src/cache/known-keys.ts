/** So many characters of a key are held; two keys that share them cost one look in vain. */
const PREFIX = 16

/**
 * Which keys may have an answer, where one process alone adds them: a request without one then costs no query. Until
 * the keys have been read, and where others add some too, every key may.
 */
export const createKnownKeys = (read: (() => Promise<readonly string[]>) | null) => {
  const prefixes = new Set<string>()
  let isComplete = false
  const add = (key: string): void => void prefixes.add(key.slice(0, PREFIX))
  const readAll = async (): Promise<void> => {
    if (!read) return
    try {
      for (const key of await read()) add(key)
      isComplete = true
    } catch {
      // Then every lookup asks the database.
    }
  }
  void readAll() // until it is done, every key may
  return {
    add,
    remove: (keys: readonly string[]): void => {
      for (const key of keys) prefixes.delete(key.slice(0, PREFIX))
    },
    mayHold: (key: string): boolean => !isComplete || prefixes.has(key.slice(0, PREFIX)),
  }
}
