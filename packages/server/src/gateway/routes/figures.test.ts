import { startAssay, adminKey, temporaryDirectory, until } from '@assay/testkit'
import { expect, test } from 'vitest'

type Sums = { requests: number; errors: number; inputTokens: number; costUsd: number; cacheHits: number }
type Usage = { totals: Sums; groups: ({ name: string | null } & Sums)[]; limits: { budgetUsd: number }[] }
type Provider = {
  name: string
  configured: boolean
  source: string
  status: string
  successRate: number | null
  breaker: string
  lastError: { code: string; message: string; at: string } | null
}

test('usage and providers tell what went through, a key without the scope read its own part, and bad queries are named', async () => {
  await using directory = await temporaryDirectory()
  await using assay = await startAssay({ dataDir: directory.path })
  const key = async (scopes: string[], more: object = {}): Promise<string> =>
    (await assay.call<{ key: string }>('POST', '/api/v1/gateway-keys', { name: scopes.join(), scopes, ...more })).key
  const caller = await key(['inference'], { budgetNanoUsd: 5_000_000_000, budgetWindow: 'day' })
  const get = async (path: string, as = adminKey): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(assay.url + path, { headers: { authorization: `Bearer ${as}` } })
    return { status: response.status, body: await response.json() }
  }
  const ask = (model: string, as: string, script?: object): Promise<Response> =>
    fetch(`${assay.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${as}`, 'x-assay-tags': 'team=red' },
      body: JSON.stringify({
        model,
        messages: [
          ...(script ? [{ role: 'system', content: JSON.stringify(script) }] : []),
          { role: 'user', content: 'hello' },
        ],
      }),
    })
  expect((await ask('sim/echo', adminKey)).status).toBe(200)
  expect((await ask('sim/smart', caller)).status).toBe(200)
  const usage = async (query: string, as?: string): Promise<Usage> => (await get(`/v1/usage${query}`, as)).body as Usage
  await until('both requests to be counted', async () => ((await usage('')).totals.requests === 2 ? true : undefined))

  const byModel = await usage('?group=model')
  expect(byModel.groups.map(({ name, requests }) => [name, requests])).toEqual([
    ['sim/echo', 1],
    ['sim/smart', 1],
  ])
  const cost = byModel.groups.reduce((sum, { costUsd }) => sum + costUsd, 0)
  expect(byModel.totals.costUsd).toBeCloseTo(cost, 12)
  for (const group of ['day', 'provider', 'key', 'tag', 'complexity']) {
    const { groups } = await usage(`?group=${group}`)
    expect(groups.reduce((sum, { requests }) => sum + requests, 0)).toBe(2)
  }
  const own = await usage('?group=model', caller)
  expect(own).toMatchObject({ totals: { requests: 1 }, groups: [{ name: 'sim/smart' }], limits: [{ budgetUsd: 5 }] })

  const { providers } = (await get('/v1/providers', await key(['read']))).body as { providers: Provider[] }
  expect(providers.find(({ name }) => name === 'sim')).toMatchObject({
    configured: true,
    status: 'ok',
    successRate: 1,
    breaker: 'closed',
  })
  expect(providers.find(({ name }) => name === 'sim')!.lastError).toBeNull()
  expect((await ask('sim/fault', adminKey, { status: 400 })).status).toBe(400)
  const failed = await until('the failure to be told', async () => {
    const told = (await get('/v1/providers')).body as { providers: Provider[] }
    return told.providers.find(({ name }) => name === 'sim')!.lastError ?? undefined
  })
  // Two tries failed unseen by the caller, as the provider itself would count them.
  expect((await ask('sim/fault', adminKey, { status: 503, times: 2 })).status).toBe(200)
  const rate = await until('all six attempts to be counted', async () => {
    const told = (await get('/v1/providers')).body as { providers: Provider[] }
    const { successRate } = told.providers.find(({ name }) => name === 'sim')!
    return successRate === 0.5 ? successRate : undefined
  })
  expect(rate).toBe(0.5)
  expect(failed).toMatchObject({ code: 'gateway.provider_failed', message: expect.stringContaining('sim') })
  expect(providers.find(({ name }) => name === 'openai')).toMatchObject({
    configured: false,
    source: 'none',
    status: 'unknown',
    successRate: null,
  })

  for (const query of ['group=colour', 'from=yesterday', 'from=2020-01-01', 'from=2026-01-02&to=2026-01-01']) {
    expect(await get(`/v1/usage?${query}`)).toMatchObject({ status: 400, body: { error: { code: 'input.invalid' } } })
  }
  expect((await get('/v1/usage', await key(['failures']))).status).toBe(403)
}, 60_000)
