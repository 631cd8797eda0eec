import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createId, type RequestRecord, Secret, silentLog, timestamp } from '@assay/core'
import { openStore } from '../open-store.ts'
import { openSpool } from '../spool/spool.ts'
import { insertRequests } from '../system/drain.ts'
import { ensureLocalWorkspace } from '../system/people.ts'

/**
 * A process that writes one row after another until it is killed, and says the id of each only after it was
 * acknowledged: straight into the database, and into the spool.
 */
export type WriterOptions = { dataDir: string; databaseUrl: string | null; request: RequestRecord }

const { dataDir, databaseUrl, request } = JSON.parse(process.argv[2]!) as WriterOptions
const newId = (): string => createId({ now: Date.now, randomBytes: (size) => new Uint8Array(randomBytes(size)) })

const store = await openStore({
  dataDir,
  log: silentLog,
  ...(databaseUrl === null ? {} : { databaseUrl: new Secret(databaseUrl), migrate: true }),
})
const { workspace } = await store.inSystem((system) =>
  ensureLocalWorkspace(system, { workspaceId: newId(), personId: newId(), now: timestamp(Date.now()) }),
)
const spool = await openSpool({ dir: join(dataDir, 'spool'), maxBytes: 1e9, log: silentLog, reserveBytes: 65_536 })

const next = (): RequestRecord => ({ ...request, id: newId(), workspaceId: workspace.id, at: timestamp(Date.now()) })
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const writeRows = async (): Promise<never> => {
  for (;;) {
    const row = next()
    await store.inSystem((system) => insertRequests(system, [row]))
    say(`row ${row.id}`)
  }
}

const writeRecords = async (): Promise<never> => {
  for (;;) {
    const record = next()
    const opened = spool.append({ kind: 'open', request: { ...record, status: 'open' } })
    await spool.append({ kind: 'close', request: record })
    await opened
    say(`record ${record.id}`)
  }
}

say('ready')
await Promise.all([writeRows(), writeRecords(), writeRecords()])
