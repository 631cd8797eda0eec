import { setTimeout as delay } from 'node:timers/promises'
import type { Log, Secret } from '@assay/core'
import { type Change, CHANGES_CHANNEL, readChange } from '../changes.ts'

/** Hears of what other processes changed; `null` says that something may have been missed. */
export type ChangeListener = (change: Change | null) => void

const LONGEST_PAUSE_MS = 10_000

/** Listens on a connection of its own, which no pooler shares, for as long as the store is open. */
export const listenForChanges = (options: {
  url: Secret
  log: Log
  onChange: ChangeListener
}): { close: () => Promise<void> } => {
  const { url, log, onChange } = options
  const stopping = new AbortController()
  const { signal } = stopping

  const listen = async (): Promise<void> => {
    const { default: pg } = await import('pg')
    if (signal.aborted) return
    const client = new pg.Client({ connectionString: url.open(), application_name: 'assay changes', keepAlive: true })
    const ended = new Promise<void>((resolve) => {
      client.once('end', resolve)
      client.once('error', () => resolve())
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    client.on('notification', ({ payload }) => {
      const change = readChange(payload)
      if (change) onChange(change)
    })
    try {
      await client.connect()
      await client.query(`listen ${CHANGES_CHANNEL}`)
      onChange(null)
      await ended
    } finally {
      await client.end().catch(() => {})
    }
  }

  const loop = async (): Promise<void> => {
    for (let pauseMs = 250; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const since = Date.now()
      await listen().catch((error: unknown) => log.warn({ reason: String(error) }, 'changes of others are not heard'))
      if (Date.now() - since > LONGEST_PAUSE_MS) pauseMs = 250
      await delay(pauseMs, undefined, { signal, ref: false }).catch(() => {})
    }
  }
  const running = loop()

  return {
    close: async () => {
      stopping.abort()
      await running
    },
  }
}
