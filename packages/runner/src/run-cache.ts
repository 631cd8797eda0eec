import { hash } from 'node:crypto'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { canonicalJson, DAY_MS, type ChatRequest, type Complete, type Completion } from '@assay/core'

/** Answers of earlier runs, on the disk of this machine. */
export type RunCache = {
  /** The way to the models with the cache before it; each repeat has answers of its own. */
  around(next: Complete, repeat: number | string): Complete
}

export type RunCacheOptions = {
  folder: string
  /** Whom a model's name means and where that is: answers of another server are other answers. */
  placeOf: (model: string) => Promise<{ providerName: string; model: string; origin: string | null }>
  now: () => number
  ttlMs?: number
  /** Asks anew, and keeps what comes. */
  refresh?: boolean
}

const TTL_MS = 14 * DAY_MS

/**
 * Keeps answers by everything that decides them: provider, place, model, every field of the request, and which repeat it
 * is; never by the key. Errors are not kept, and equal calls at the same time are one.
 */
export const createRunCache = ({
  folder,
  placeOf,
  now,
  ttlMs = TTL_MS,
  refresh = false,
}: RunCacheOptions): RunCache => {
  const underway = new Map<string, Promise<Completion>>()

  const pathOf = async (request: ChatRequest, repeat: number | string): Promise<string> => {
    const { model, ...fields } = request
    const key = hash('sha256', canonicalJson([await placeOf(model), fields, repeat]))
    return join(folder, key.slice(0, 2), `${key}.json`)
  }

  const read = async (path: string): Promise<Completion | null> => {
    if (refresh) return null
    try {
      if (now() - (await stat(path)).mtimeMs > ttlMs) return null
      return JSON.parse(await readFile(path, 'utf8')) as Completion
    } catch {
      return null // What cannot be read is asked for again.
    }
  }

  return {
    around: (next, repeat) => async (request, options) => {
      const path = await pathOf(request, repeat)
      const known = await read(path)
      if (known) return { ...known, cached: true }
      const other = underway.get(path)
      // The other call may be ended for its own reasons; then this one is made.
      const shared = other && (await other.catch(() => null))
      if (shared) return { ...shared, cached: true }
      const asked = next(request, options)
      underway.set(path, asked)
      try {
        const completion = await asked
        await keep(path, completion)
        return completion
      } finally {
        underway.delete(path)
      }
    },
  }
}

/** Written beside and moved into place, so that no reader ever sees half of it. */
const keep = async (path: string, completion: Completion): Promise<void> => {
  const text = JSON.stringify(completion)
  const draft = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`
  try {
    await writeFile(draft, text)
  } catch {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(draft, text)
  }
  await rename(draft, path)
}
