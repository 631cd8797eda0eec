import { seededRandom } from '@assay/core'

/** Chance that is the same on every run. */
export type Random = {
  /** 0 inclusive to 1 exclusive; hand it in where a `random` is asked for. */
  next: () => number
  /** A whole number, both ends inclusive. */
  between: (low: number, high: number) => number
  pick: <Item>(items: readonly Item[]) => Item
  /** The items in another order; the list given stays as it is. */
  shuffle: <Item>(items: readonly Item[]) => Item[]
  /** Hand it in where `randomBytes` is asked for. */
  bytes: (size: number) => Uint8Array
}

/** Chance from a seed: the same seed, the same draws. Never for secrets. */
export const createRandom = (seed = 1): Random => {
  const next = seededRandom(seed)
  const between = (low: number, high: number) => Math.floor(low + next() * (high - low + 1))
  const pick = <Item>(items: readonly Item[]): Item => {
    if (items.length === 0) throw new RangeError('there is nothing to pick from')
    return items[between(0, items.length - 1)]!
  }
  const shuffle = <Item>(items: readonly Item[]): Item[] => {
    const mixed = [...items]
    for (let last = mixed.length - 1; last > 0; last--) {
      const other = between(0, last)
      ;[mixed[last], mixed[other]] = [mixed[other]!, mixed[last]!]
    }
    return mixed
  }
  return { next, between, pick, shuffle, bytes: (size) => Uint8Array.from({ length: size }, () => between(0, 255)) }
}
