import type { Sha256 } from './case-key.ts'

/** 96 bits of a key: among a million, two that differ are the same once in 10^17 suites. */
const WORDS = 3
const DIGITS = 8
const isHash = /^[0-9a-f]{64}$/

/**
 * Says of each key how often it has come by now. Of the keys themselves it keeps a few bytes: a suite may have a
 * million, and nearly all come once.
 */
export const createKeyCounter = (sha256: Sha256): ((key: string) => number) => {
  const again = new Map<string, number>()
  let slots = 1_024
  let words = new Uint32Array(slots * WORDS)
  let used = 0

  /** Where the words stand, or the free place for them: free is what begins with zero. */
  const placeOf = (first: number, second: number, third: number): number => {
    for (let slot = second % slots; ; slot = (slot + 1) % slots) {
      const at = slot * WORDS
      if (words[at] === 0) return at
      if (words[at] === first && words[at + 1] === second && words[at + 2] === third) return at
    }
  }
  const put = (first: number, second: number, third: number): boolean => {
    const at = placeOf(first, second, third)
    if (words[at] !== 0) return false
    words.set([first, second, third], at)
    return true
  }
  const grow = (): void => {
    const before = words
    slots *= 2
    words = new Uint32Array(slots * WORDS)
    for (let at = 0; at < before.length; at += WORDS) {
      if (before[at] !== 0) put(before[at]!, before[at + 1]!, before[at + 2]!)
    }
  }

  const count = (key: string, before: number): number => {
    const number = (again.get(key) ?? before) + 1
    again.set(key, number)
    return number
  }

  return (key) => {
    const digits = isHash.test(key) ? key : sha256(key)
    if (!isHash.test(digits)) return count(key, 0)
    const word = (index: number) => Number.parseInt(digits.slice(index * DIGITS, (index + 1) * DIGITS), 16) || 0
    if (put(word(0) || 1, word(1), word(2))) {
      if (++used * 2 > slots) grow()
      return 1
    }
    return count(key, 1)
  }
}
