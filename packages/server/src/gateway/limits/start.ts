import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SECOND_MS, type Log } from '@assay/core'
import { noteKeyUse, type Drain, type Spool, type Store } from '@assay/store'
import type { Keys } from '../keys/keys.ts'
import { createLimits, type KeyLimits } from './limits.ts'

const TICK_MS = SECOND_MS
/** How old the moment may be at which a key was last used. */
const NOTE_USE_EVERY_MS = 15 * SECOND_MS
const RETRY_TAKE_OVER_MS = 5 * SECOND_MS

/** Limits that work by themselves: what is due is done every second, and what others change is heard of. */
export const startLimits = async (parts: {
  store: Store
  keys: Keys
  spool: Pick<Spool, 'badCount'>
  spoolDir: string
  drain: Drain
  now: () => number
  createId: () => string
  log: Log
}): Promise<{ limits: KeyLimits; close: () => Promise<void> }> => {
  const { store, keys, spool, drain, now, createId, log } = parts
  const owner = await ownerOf(parts.spoolDir)
  const limits = createLimits({ store, now, createId, owner, log })
  store.onChange((change) => {
    if (change === null) {
      keys.forget(null)
      limits.forget(null)
    } else if (change.kind === 'gateway_key') keys.forget(change.id)
    else if (change.kind === 'budget') limits.forget(change.workspaceId)
  })

  const stopping = new AbortController()
  let running: Promise<void> = Promise.resolve()
  let notedAt = now()
  const noteUse = async (): Promise<void> => {
    notedAt = now()
    const uses = keys.takeUses()
    if (uses.length > 0) await store.inSystem((system) => noteKeyUse(system, uses))
  }
  const tick = async (): Promise<void> => {
    await limits.tick()
    if (now() - notedAt >= NOTE_USE_EVERY_MS) await noteUse().catch(() => {}) // the next use is noted again
  }
  let isBusy = false
  const timer = setInterval(() => {
    if (isBusy) return
    isBusy = true
    running = tick().finally(() => (isBusy = false))
  }, TICK_MS)
  timer.unref()

  const takeOver = (): void => {
    limits
      .takeOver(
        () => drain.flush(),
        () => spool.badCount(),
      )
      .catch((error: unknown) => {
        if (stopping.signal.aborted) return
        log.warn({ reason: String(error) }, 'what an earlier process held is given back later')
        setTimeout(takeOver, RETRY_TAKE_OVER_MS).unref()
      })
  }
  takeOver()

  return {
    limits,
    close: async () => {
      stopping.abort()
      clearInterval(timer)
      await running
      for (const work of [() => limits.close(), noteUse]) {
        await work().catch((error: unknown) => log.warn({ reason: String(error) }, 'limits end without the database'))
      }
    },
  }
}

/** The name of the spool's owner: the next process with the same spool settles what this one leaves. */
const ownerOf = async (spoolDir: string): Promise<string> => {
  const path = join(spoolDir, 'owner')
  const known = (await readFile(path, 'utf8').catch(() => '')).trim()
  if (/^[0-9a-f-]{36}$/.test(known)) return known
  const owner = randomUUID()
  await writeFile(path, `${owner}\n`, { mode: 0o600 })
  return owner
}
