/** What waits to be sent; nothing about it can throw into or hold up the application. */
export type Outbox<Item> = {
  /** Takes one in; the newest is dropped when the outbox is full. */
  add(item: Item): void
  /** Sends what waits, now; true when nothing is left. */
  flush(timeoutMs: number): Promise<boolean>
  waiting(): number
}

/** `again` keeps the item for later, `drop` gives it up: the server will never take it. */
export type SendOutcome = 'sent' | 'again' | 'drop'

export type OutboxOptions<Item> = {
  limit: number
  /** So many are sent at once; as many waiting are not left to wait for more. */
  batchSize: number
  /** How long the first of a batch waits for others. */
  lingerMs: number
  /** Answers for each item, in order; `dropped` is how many were lost since the last batch that arrived. */
  send: (items: readonly Item[], dropped: number) => Promise<readonly SendOutcome[]>
  backOffMs?: (attempt: number) => number
}

const LONGEST_WAIT_MS = 60_000

/** An in-memory queue that sends in order, waits longer after each failure and counts what it had to drop. */
export const createOutbox = <Item>({
  limit,
  batchSize,
  lingerMs,
  send,
  backOffMs = doubling,
}: OutboxOptions<Item>): Outbox<Item> => {
  let items: Item[] = []
  let dropped = 0
  let attempt = 0
  let timer: ReturnType<typeof setTimeout> | null = null
  let sending: Promise<void> | null = null

  const schedule = (milliseconds: number) => {
    if (timer !== null || sending !== null) return
    timer = setTimeout(() => void start(), milliseconds)
    // In Node a waiting report must not keep the process alive; `flush` is for that. Browsers answer a number.
    if (typeof timer === 'object') timer.unref?.()
  }

  const start = (): Promise<void> => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    sending ??= drain().finally(() => {
      sending = null
      if (items.length > 0) schedule(backOffMs(attempt))
    })
    return sending
  }

  const drain = async (): Promise<void> => {
    while (items.length > 0) {
      const batch = items.slice(0, batchSize)
      const told = dropped
      const outcomes = await send(batch, told).catch((): readonly SendOutcome[] => batch.map(() => 'again'))
      const kept = batch.filter((_, index) => outcomes[index] === 'again')
      items = [...kept, ...items.slice(batch.length)]
      if (outcomes.includes('sent')) dropped -= told
      dropped += outcomes.filter((outcome) => outcome === 'drop').length
      if (kept.length > 0) {
        attempt += 1
        return
      }
      attempt = 0
    }
  }

  return {
    add: (item) => {
      if (items.length >= limit) {
        dropped += 1
        return
      }
      items.push(item)
      if (items.length >= batchSize && sending === null && attempt === 0) void start()
      else schedule(lingerMs)
    },
    flush: async (timeoutMs) => {
      const deadline = Date.now() + timeoutMs
      while (items.length > 0 && Date.now() < deadline) {
        await Promise.race([start(), delay(deadline - Date.now())])
        if (items.length > 0) await delay(Math.min(backOffMs(attempt), deadline - Date.now()))
      }
      return items.length === 0
    },
    waiting: () => items.length,
  }
}

const doubling = (attempt: number): number => Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** Math.max(0, attempt - 1))

const delay = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, milliseconds))
  })
