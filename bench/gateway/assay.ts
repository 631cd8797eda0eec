import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { readConfig, silentLog } from '@assay/core'
import { serve } from '@assay/server'
import { takePart } from './party.ts'

/** The service as `assay serve` starts it, on data of its own, with the upstream as its OpenAI. */

const STALL_MS = 10_000
const upstreamUrl = process.argv[2] ?? ''
const data = mkdtempSync(join(tmpdir(), 'assay-bench-gateway-'))
const key = randomBytes(24).toString('hex')
const service = await serve(
  readConfig({
    ASSAY_PORT: '0',
    ASSAY_DATA: data,
    ASSAY_ADMIN_KEY: key,
    ASSAY_EGRESS_ALLOW: new URL(upstreamUrl).host,
    OPENAI_API_KEY: 'sk-bench',
    OPENAI_BASE_URL: `${upstreamUrl}/v1`,
  }),
  { log: silentLog },
)

/** A key with every limit there is, none of which this run reaches. */
const fullKey = async (): Promise<string> => {
  const made = await fetch(`${service.url}/api/v1/gateway-keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'everything on',
      rpm: 1_000_000,
      tpm: 1_000_000_000,
      maxConcurrency: 1_000,
      budgetNanoUsd: 1_000_000 * 1e9,
      budgetWindow: 'day',
      maxCostPerRequestNanoUsd: 100 * 1e9,
    }),
  })
  const said = (await made.json()) as { key?: string }
  if (said.key === undefined) throw new Error(`no key: ${JSON.stringify(said)}`)
  return said.key
}

takePart({
  url: service.url,
  key,
  answers: {
    fullKey,
    /** Keeps the database from everybody else for a while. */
    stall: () => void service.app.store.inSystem(() => delay(STALL_MS)),
    spoolBytes: () => service.app.spool.sizeBytes(),
  },
  stop: async () => {
    await service.close()
    rmSync(data, { recursive: true, force: true })
  },
})
