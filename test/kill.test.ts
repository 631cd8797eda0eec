import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Page, RequestRecord, ValueSummary } from '@assay/core'
import {
  adminKey,
  type AssayProcess,
  runAssay,
  startAssay,
  startPostgres,
  temporaryDirectory,
  until,
} from '@assay/testkit'
import { expect, test } from 'vitest'

/** The service is killed without warning while it answers; what it acknowledged must be there once, never twice. */

const kills = 6
const clients = 8

test.each(['embedded', 'server'] as const)(
  'killed %s engine: no acknowledged request is lost or doubled',
  async (engine) => {
    await using directory = await temporaryDirectory()
    await using postgres = engine === 'server' ? await startPostgres() : null
    const environment = postgres ? { DATABASE_URL: postgres.url } : {}
    const acknowledged: string[] = []
    if (postgres) expect(await runAssay(['db', 'migrate'], { environment })).toMatchObject({ exitCode: 0 })

    for (let round = 0; round < kills; round++) {
      await using assay = await startAssay({ dataDir: directory.path, environment })
      const load = Array.from({ length: clients }, () => askUntilItDies(assay, acknowledged))
      const before = acknowledged.length
      await until('the first answer', () => (acknowledged.length > before ? true : undefined), { everyMs: 5 })
      await delay(randomInt(0, 500))
      await assay.kill()
      await Promise.all(load)
    }

    await using assay = await startAssay({ dataDir: directory.path, environment })
    const found = await until(
      'every acknowledged request in the log, and the hourly sums to agree with it',
      async () => {
        const ids = await idsInLog(assay)
        const { requests } = await assay.call<ValueSummary>('GET', '/api/v1/value/summary')
        return acknowledged.every((id) => ids.includes(id)) && requests.value === ids.length ? ids : undefined
      },
      { everyMs: 500 },
    )
    expect(acknowledged.length).toBeGreaterThanOrEqual(kills)
    expect(new Set(found).size).toBe(found.length)
  },
  240_000,
)

/** Asks as fast as it gets answers; an answer counts as acknowledged when its last byte has arrived. */
const askUntilItDies = async (assay: AssayProcess, acknowledged: string[]): Promise<void> => {
  try {
    for (;;) {
      const response = await fetch(`${assay.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'sim/echo', messages: [{ role: 'user', content: 'still there?' }] }),
      })
      const answer = (await response.json()) as { choices?: unknown[] }
      if (answer.choices) acknowledged.push(response.headers.get('x-assay-request-id')!)
    }
  } catch {
    // the process is gone, as intended
  }
}

const idsInLog = async (assay: AssayProcess): Promise<string[]> => {
  const ids: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page: Page<RequestRecord> = await assay.call(
      'GET',
      `/api/v1/requests?limit=200${cursor && `&cursor=${cursor}`}`,
    )
    ids.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor
  }
  return ids
}
