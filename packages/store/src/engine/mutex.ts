/** Lets one at a time through, in the order of asking: resolves to what ends the turn. */
export type Mutex = { take(): Promise<() => void> }

export const createMutex = (): Mutex => {
  let tail: Promise<void> = Promise.resolve()
  return {
    take: () => {
      const turn = Promise.withResolvers<void>()
      const ready = tail.then(() => turn.resolve)
      tail = turn.promise
      return ready
    },
  }
}
