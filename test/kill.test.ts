import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Page, RequestRecord, ValueSummary } from '@assay/core'
import { adminKey, type AssayProcess, startAssay, startPostgres, temporaryDirectory, until } from '@assay/testkit'
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

    for (let round = 0; round < kills; round++) {
      await using assay = await startAssay({ dataDir: directory.path, environment })
      const load = Array.from({ length: clients }, () => askUntilItDies(assay, acknowledged))
      await delay(randomInt(50, 600))
      await assay.kill()
      await Promise.all(load)
    }

    await using assay = await startAssay({ dataDir: directory.path, environment })
    const found = await until(
      'every acknowledged request in the log',
      async () => {
        const ids = await idsInLog(assay)
        return acknowledged.every((id) => ids.includes(id)) ? ids : undefined
      },
      { everyMs: 500 },
    )
    expect(acknowledged.length).toBeGreaterThan(kills)
    expect(new Set(found).size).toBe(found.length)

    const { requests } = await assay.call<ValueSummary>('GET', '/api/v1/value/summary')
    expect(requests.value).toBe(found.length)
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
