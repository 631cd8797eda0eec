import { openStore, type Owner } from '@assay/store'
import { type Config, silentLog } from '@assay/core'
import { inSchema } from './schema.ts'
import { socketFetch } from './socket-fetch.ts'
import type { Terminal } from './terminal/terminal.ts'

/** One thing that stands or does not. */
export type Check = { name: string; ok: boolean; detail: string }

/** What a running owner says of itself, through its socket. */
export const askOwner = async (owner: Owner): Promise<Check[]> => {
  const response = await socketFetch(owner.socketPath)(new URL('/readyz', owner.address || 'http://localhost'))
  const { checks } = (await response.json()) as { checks: Check[] }
  return checks
}

/** What the database says when nobody has it open: opened as it is, looked at, closed. */
export const examineStore = async ({ ASSAY_DATA: dataDir, DATABASE_URL: databaseUrl }: Config): Promise<Check[]> => {
  await using store = await openStore({ dataDir, databaseUrl, log: silentLog, migrate: false })
  return await store.check()
}

/** Every rule that the data of a closed database must keep, read through. */
export const checkData = async (terminal: Pick<Terminal, 'environment'>): Promise<Check[]> => {
  const findings = await inSchema(terminal, (schema) => schema.check())
  if (findings.length > 0) return findings.map(({ check, detail }) => ({ name: check, ok: false, detail }))
  return [{ name: 'data', ok: true, detail: 'schema, sums, groups, tests and audit chain agree' }]
}
