import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { silentLog } from '@assay/core'
import { requestOf } from '@assay/testkit'
import { expect } from 'vitest'
import type { Store } from '../open-store.ts'
import { startDrain } from '../spool/drain.ts'
import { openSpool } from '../spool/spool.ts'
import type { WriterOptions } from './write-and-say.ts'

/** A process that writes until it is ended, and what it has acknowledged so far. */
export type Writer = { process: ChildProcess; acknowledged: string[]; kill(): Promise<void> }

/** Starts the writer and waits until it is about to write. */
export const startWriter = async (dataDir: string, databaseUrl: string | null = null): Promise<Writer> => {
  const options: WriterOptions = { dataDir, databaseUrl, request: requestOf() }
  const script = join(import.meta.dirname, 'write-and-say.ts')
  const child = spawn(process.execPath, ['-C', 'assay-source', script, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const acknowledged: string[] = []
  const lines = createInterface({ input: child.stdout })
  const ready = Promise.withResolvers<void>()
  lines.on('line', (line) => {
    if (line === 'ready') ready.resolve()
    else acknowledged.push(line.split(' ')[1]!)
  })
  child.once('exit', () => ready.reject(new Error('the writer ended by itself')))
  await ready.promise
  return {
    process: child,
    acknowledged,
    kill: async () => {
      const ended = once(lines, 'close')
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Drains what is left, and compares with what was acknowledged: everything is there, and nothing twice. */
export const expectAll = async (store: Store, { dataDir, acknowledged }: { dataDir: string; acknowledged: string[] }) => {
  const spool = await openSpool({ dir: join(dataDir, 'spool'), maxBytes: 1e9, log: silentLog, reserveBytes: 65_536 })
  const drain = startDrain({ spool, store, onFailure: async () => {}, log: silentLog })
  await drain.flush()
  await drain.close()
  expect(spool.badCount()).toBe(0)
  await spool.close()

  const { ids, counted } = await store.inSystem(async ({ db }) => ({
    ids: (await db.selectFrom('requests').select('id').execute()).map(({ id }) => id),
    counted: (await db.selectFrom('usageHour').select('requests').execute()).map(({ requests }) => requests),
  }))
  const found = new Set(ids)
  expect(acknowledged.filter((id) => !found.has(id))).toEqual([])
  expect(found.size).toBe(ids.length)
  expect(counted.reduce((sum, requests) => sum + requests, 0)).toBe(ids.length)
}
