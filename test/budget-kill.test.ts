import type { BudgetState, GatewayKey, Page, RequestRecord } from '@assay/core'
import { type AssayProcess, runAssay, startAssay, startPostgres, temporaryDirectory, until } from '@assay/testkit'
import { expect, test } from 'vitest'

/** The service is killed while it spends; what it spent must be booked once, and what it only held be given back. */

const limitNanoUsd = 1_000_000_000

test.each(['embedded', 'server'] as const)(
  'killed %s engine: a budget agrees with the log, and nothing stays reserved',
  async (engine) => {
    await using directory = await temporaryDirectory()
    await using postgres = engine === 'server' ? await startPostgres() : null
    const environment = postgres ? { DATABASE_URL: postgres.url } : {}
    if (postgres) expect(await runAssay(['db', 'migrate'], { environment })).toMatchObject({ exitCode: 0 })
    let key = ''
    let id = ''
    for (let round = 0; round < 3; round++) {
      answered = 0
      begun = 0
      await using assay = await startAssay({ dataDir: directory.path, environment })
      if (key === '') {
        const made = await assay.call<GatewayKey & { key: string }>('POST', '/api/v1/gateway-keys', {
          name: 'spender',
          budgetNanoUsd: limitNanoUsd,
          budgetWindow: 'total',
        })
        key = made.key
        id = made.id
      }
      const load = [
        ...Array.from({ length: 6 }, () => spend(assay.url, key)),
        ...Array.from({ length: 6 }, () => stream(assay.url, key)),
      ]
      await until('answers, and streams under way', () => (answered > 2 && begun === 6 ? true : undefined), {
        everyMs: 5,
      })
      await assay.kill()
      await Promise.all(load)
    }

    await using assay = await startAssay({ dataDir: directory.path, environment })
    const budget = await until('the leases of the killed processes to be given back', async () => {
      const shown = await assay.call<GatewayKey & { budget: BudgetState }>('GET', `/api/v1/gateway-keys/${id}`)
      return shown.budget.reservedNanoUsd === 0 ? shown.budget : undefined
    })
    const costs = await costsInLog(assay, id)
    expect(costs.length).toBeGreaterThan(0)
    // Each round cut six streams off, and each of them counts with what was kept for it.
    const cut = costs.filter(({ status }) => status === 'incomplete')
    expect(cut.length).toBeGreaterThanOrEqual(18)
    expect(cut.every(({ cost }) => cost > 0)).toBe(true)
    expect(budget).toMatchObject({ lostNanoUsd: 0, usedNanoUsd: costs.reduce((sum, { cost }) => sum + cost, 0) })
    expect(budget.usedNanoUsd).toBeLessThanOrEqual(limitNanoUsd)
    await assay.stop()
    const checked = await runAssay(['db', 'check'], { environment: { ...environment, ASSAY_DATA: directory.path } })
    expect(checked).toMatchObject({ exitCode: 0 })
  },
  240_000,
)

let answered = 0
let begun = 0

const send = (url: string, key: string, body: object): Promise<Response> =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ max_tokens: 400, ...body }),
  })

/** Asks until nobody answers any more. */
const spend = async (url: string, key: string): Promise<void> => {
  try {
    for (;;) {
      await (await send(url, key, { model: 'sim/fast', messages: [{ role: 'user', content: 'About money.' }] })).text()
      answered++
    }
  } catch {
    // It was killed.
  }
}

/** Reads one stream that takes longer than the test waits. */
const stream = async (url: string, key: string): Promise<void> => {
  try {
    const messages = [{ role: 'user', content: 'word '.repeat(400) }]
    const response = await send(url, key, { model: 'sim/slow', stream: true, messages })
    let chunks = 0
    for await (const _ of response.body!) if (++chunks === 5) begun++
  } catch {
    // It was killed.
  }
}

const costsInLog = async (assay: AssayProcess, keyId: string): Promise<{ cost: number; status: string }[]> => {
  const found: { cost: number; status: string }[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const path: string = `/api/v1/requests?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`
    const page: Page<RequestRecord> = await assay.call('GET', path)
    for (const { keyId: of, costNanoUsd, status } of page.items)
      if (of === keyId) found.push({ cost: costNanoUsd ?? 0, status })
    cursor = page.nextCursor
  }
  return found
}
