/** What waits to be sent; nothing about it can throw into or hold up the application. */
export type Outbox<Item> = {
  /** Takes one in; the newest is dropped when the outbox is full. */
  add(item: Item): void
  /** Sends what waits, now; true when nothing is left. */
  flush(timeoutMs: number): Promise<boolean>
  waiting(): number
}

export type OutboxOptions<Item> = {
  limit: number
  /** How long the first of a batch waits for others. */
  lingerMs: number
  /** `again` keeps the item for later, `drop` gives it up: the server will never take it. */
  send: (item: Item, dropped: number) => Promise<'sent' | 'again' | 'drop'>
  backOffMs?: (attempt: number) => number
}

const LONGEST_WAIT_MS = 60_000

/** An in-memory queue that sends in order, waits longer after each failure and counts what it had to drop. */
export const createOutbox = <Item>({
  limit,
  lingerMs,
  send,
  backOffMs = doubling,
}: OutboxOptions<Item>): Outbox<Item> => {
  const items: Item[] = []
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
      const count = dropped
      const outcome = await send(items[0]!, count).catch(() => 'again' as const)
      if (outcome === 'again') {
        attempt += 1
        return
      }
      attempt = 0
      items.shift()
      dropped = outcome === 'sent' ? dropped - count : dropped + 1
    }
  }

  return {
    add: (item) => {
      if (items.length >= limit) {
        dropped += 1
        return
      }
      items.push(item)
      schedule(lingerMs)
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
