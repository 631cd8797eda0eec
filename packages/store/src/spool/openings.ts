import type { SpoolRecord } from './line.ts'

type Open = SpoolRecord & { kind: 'open' }
type Opening = { record: Open; resolve: () => void; reject: (error: unknown) => void }

/** So long the beginning of a request waits for its end. */
const OPEN_AFTER_MS = 50

/** Beginnings of requests that are not written yet: most have ended before. */
export type Openings = {
  /** Resolves when it is written, as the record then is, or when its request has ended. */
  begin(record: Open): Promise<void>
  /** A request that ends before its beginning was written has needed none. */
  end(id: string): void
  /** Writes all of them now. */
  write(): void
}

/** Keeps beginnings back for a moment; `add` writes them. */
export const createOpenings = (add: (record: Open) => Promise<void>): Openings => {
  const waiting = new Map<string, Opening>()
  let timer: NodeJS.Timeout | null = null

  const write = (): void => {
    if (timer) clearTimeout(timer)
    timer = null
    const openings = [...waiting.values()]
    waiting.clear()
    for (const { record, resolve, reject } of openings) add(record).then(resolve, reject)
  }

  return {
    begin: (record) => {
      timer ??= setTimeout(write, OPEN_AFTER_MS).unref()
      return new Promise((resolve, reject) => waiting.set(record.request.id, { record, resolve, reject }))
    },
    end: (id) => {
      const opening = waiting.get(id)
      if (!opening) return
      waiting.delete(id)
      opening.resolve()
    },
    write,
  }
}
