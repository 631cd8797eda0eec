import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig, silentLog } from '@assay/core'
import { serve } from '@assay/server'
import { takePart } from './party.ts'

/** The service as `assay serve` starts it, on data of its own, with the upstream as its OpenAI. */

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
takePart({
  url: service.url,
  key,
  stop: async () => {
    await service.close()
    rmSync(data, { recursive: true, force: true })
  },
})
