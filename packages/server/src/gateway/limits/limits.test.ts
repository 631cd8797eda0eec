import { DAY_MS, Secret, silentLog, type GatewayKey, type KeyPolicy, type RequestRecord } from '@assay/core'
import { checkDatabase, openDatabase, openStore } from '@assay/store'
import { startPostgres, temporaryDirectory, type Postgres } from '@assay/testkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startService, type TestService } from '../../__fixtures__/service.ts'

type Made = GatewayKey & { key: string }
type Answer = { status: number; body: string; headers: Headers }

const makeKey = async (service: TestService, policy: Partial<KeyPolicy>): Promise<Made> =>
  (await service.call<Made>('POST /api/v1/gateway-keys', { body: { name: 'limited', ...policy } })).body

const chat = { model: 'sim/fast', messages: [{ role: 'user', content: 'Count to three.' }], max_tokens: 20 }

const ask = async (
  { url }: { url: string },
  key: string,
  body: object = {},
  options: { path?: string; signal?: AbortSignal } = {},
): Promise<Answer> => {
  const response = await fetch(`${url}${options.path ?? '/v1/chat/completions'}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...chat, ...body }),
    ...(options.signal ? { signal: options.signal } : {}),
  })
  return { status: response.status, headers: response.headers, body: await response.text() }
}

const times = <Result>(count: number, work: (index: number) => Promise<Result>): Promise<Result[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)))

/**
 * How many requests of a key were under way at one moment, by their attempts in the log, once all of them are in it. A
 * request that has come may still wait for its place; its attempt has one.
 */
const mostAtOnce = async (service: TestService, { id }: Made, count: number): Promise<number> => {
  const deadline = Date.now() + 15_000
  for (;;) {
    const { body } = await service.call<{ items: RequestRecord[] }>('GET /api/v1/requests?limit=200')
    const spans = body.items
      .filter(({ keyId }) => keyId === id)
      .flatMap(({ attempts }) => attempts.slice(0, 1))
      .map(({ startedAt, latencyMs }) => ({ from: Date.parse(startedAt), to: Date.parse(startedAt) + latencyMs }))
    if (spans.length >= count) {
      return Math.max(
        ...spans.map(({ from: moment }) => spans.filter(({ from, to }) => from <= moment && moment < to).length),
      )
    }
    if (Date.now() > deadline) throw new Error(`${spans.length} of ${count} requests are in the log`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

const tokensOf = (answers: readonly Answer[]): number =>
  answers
    .filter(({ status }) => status === 200)
    .map(({ body }) => (JSON.parse(body) as { usage: { total_tokens: number } }).usage.total_tokens)
    .reduce((sum, tokens) => sum + tokens, 0)

/** What one such request costs, measured. */
const costOfOne = async (service: TestService): Promise<number> => {
  const { key } = await makeKey(service, {})
  const { headers } = await ask(service, key)
  return Math.round(Number(headers.get('x-assay-cost-usd')) * 1e9)
}

const budgetOf = async (service: TestService, { id }: Made) =>
  (
    await service.call<{ budget: { usedNanoUsd: number; reservedNanoUsd: number; limitNanoUsd: number } }>(
      `GET /api/v1/gateway-keys/${id}`,
    )
  ).body.budget

const spentBy = async (service: TestService, { id }: Made): Promise<number> => {
  const { body } = await service.call<{ items: RequestRecord[] }>('GET /api/v1/requests?limit=200')
  return body.items.filter(({ keyId }) => keyId === id).reduce((sum, { costNanoUsd }) => sum + (costNanoUsd ?? 0), 0)
}

/** Waits until every request is in the log and nothing is kept for any. */
const settled = async (service: TestService, key: Made): Promise<Awaited<ReturnType<typeof budgetOf>>> => {
  const deadline = Date.now() + 15_000
  for (;;) {
    const budget = await budgetOf(service, key)
    if (budget.reservedNanoUsd === 0) return budget
    if (Date.now() > deadline) throw new Error(`still ${budget.reservedNanoUsd} reserved`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

describe('on one process', () => {
  let service: TestService
  let cost: number
  beforeAll(async () => {
    service = await startService({ environment: { ASSAY_ROLES: 'gateway,web' } })
    cost = await costOfOne(service)
  })
  afterAll(() => service[Symbol.asyncDispose]())

  const forms: [string, object, string | undefined][] = [
    ['whole', {}, undefined],
    ['streamed', { stream: true }, undefined],
    ['of the Messages dialect', {}, '/v1/messages'],
  ]
  test.each(forms)('fifty at once on a budget for ten, %s: none spends what is not there', async (_, form, path) => {
    const key = await makeKey(service, { budgetNanoUsd: cost * 10, budgetWindow: 'day' })
    const answers = await times(50, () => ask(service, key.key, form, path === undefined ? {} : { path }))
    const passed = answers.filter(({ status }) => status === 200).length
    const refused = answers.filter(({ status }) => status === 402)
    expect(passed).toBeGreaterThan(0)
    expect(passed).toBeLessThanOrEqual(10)
    expect(passed + refused.length).toBe(50)
    expect(refused[0]!.body).toContain('has no room for this request')
    const budget = await settled(service, key)
    expect(budget.usedNanoUsd).toBeLessThanOrEqual(cost * 10)
    expect(budget.usedNanoUsd).toBe(await spentBy(service, key))
  })

  test('one after another, a budget is used to its end, and the refusal says what, how much and until when', async () => {
    const key = await makeKey(service, { budgetNanoUsd: cost * 10, budgetWindow: 'day' })
    const answers: Answer[] = []
    for (let count = 0; count < 12; count++) answers.push(await ask(service, key.key))
    const passed = answers.filter(({ status }) => status === 200)
    expect(passed.length).toBeGreaterThanOrEqual(5)
    const left = passed.map(({ headers }) => Math.round(Number(headers.get('x-assay-key-remaining-usd')) * 1e9))
    expect(left[0]).toBe(cost * 9)
    expect(left.at(-1)).toBe(cost * (10 - passed.length))
    const { error } = JSON.parse(answers.at(-1)!.body) as { error: { code: string; details: object } }
    const tomorrow = new Date(Math.floor(Date.now() / DAY_MS) * DAY_MS + DAY_MS).toISOString()
    expect(error).toMatchObject({ code: 'gateway.budget_exceeded' })
    expect(error.details).toMatchObject({
      budget: 'key',
      window: 'day',
      limitNanoUsd: cost * 10,
      resetsAt: tomorrow,
    })
  })

  test('callers who leave are booked with what came, and nothing stays reserved', async () => {
    const key = await makeKey(service, { budgetNanoUsd: cost * 1_000, budgetWindow: 'total' })
    await times(20, async (index) => {
      const leaving = new AbortController()
      setTimeout(() => leaving.abort(), index * 3)
      const body = { model: 'sim/slow', stream: true, max_tokens: 200 }
      await ask(service, key.key, body, { signal: leaving.signal }).catch(() => {})
    })
    const budget = await settled(service, key)
    expect(budget.usedNanoUsd).toBe(await spentBy(service, key))
  })

  test('the budget of the workspace holds all keys together', async () => {
    const set = (body: object) => service.call('PATCH /api/v1/budgets/workspace', { body })
    await set({ budgetNanoUsd: cost * 10, budgetWindow: 'hour' })
    try {
      const keys = await Promise.all([
        makeKey(service, {}),
        makeKey(service, { budgetNanoUsd: cost * 500, budgetWindow: 'day' }),
      ])
      const answers = await times(40, (index) => ask(service, keys[index % 2]!.key))
      const passed = answers.filter(({ status }) => status === 200).length
      expect(passed).toBeGreaterThan(0)
      expect(passed).toBeLessThanOrEqual(10)
      expect(answers.find(({ status }) => status === 402)!.body).toContain('"budget":"workspace"')
    } finally {
      await set({ budgetNanoUsd: null })
    }
    const { key } = await makeKey(service, {})
    expect(await ask(service, key)).toMatchObject({ status: 200 })
  })

  test('requests per minute: as many as the limit pass at once, the others are told when to come again', async () => {
    const { key } = await makeKey(service, { rpm: 6 })
    const answers = await times(30, () => ask(service, key))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(6)
    const refused = answers.find(({ status }) => status === 429)!
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(JSON.parse(refused.body)).toMatchObject({
      error: { code: 'gateway.rate_limited', details: { limit: 'rpm', allowed: 6 } },
    })
    const messages = await ask(service, key, {}, { path: '/v1/messages' })
    expect(JSON.parse(messages.body)).toMatchObject({ type: 'error', error: { type: 'rate_limit_error' } })
  })

  test('tokens per minute: what was kept and not used is there again', async () => {
    const { key } = await makeKey(service, { tpm: 500 })
    const answers = await times(50, () => ask(service, key))
    expect(tokensOf(answers)).toBeGreaterThan(100)
    expect(tokensOf(answers)).toBeLessThanOrEqual(500)
    expect(answers.find(({ status }) => status === 429)!.body).toContain('"limit":"tpm"')
    expect(await ask(service, key)).toMatchObject({ status: 200 })
    const huge = await ask(service, key, { max_tokens: 5_000 })
    expect(huge.status).toBe(429)
    expect(huge.body).toContain('Lower `max_tokens`')
  })

  test('no more at once than allowed, and one that ends makes room', async () => {
    const made = await makeKey(service, { maxConcurrency: 3 })
    const { key } = made
    const slow = { model: 'sim/slow', max_tokens: 5 }
    const answers = await times(10, () => ask(service, key, slow))
    const passed = answers.filter(({ status }) => status === 200).length
    expect(await mostAtOnce(service, made, passed)).toBe(3)
    expect(answers.find(({ status }) => status === 429)!.body).toContain('"limit":"maxConcurrency"')
    expect(await ask(service, key)).toMatchObject({ status: 200 })
  })

  test('a request that may cost too much, and a model without a price, are not begun', async () => {
    const dear = await makeKey(service, { maxCostPerRequestNanoUsd: cost })
    expect(await ask(service, dear.key, { max_tokens: 4_000 })).toMatchObject({ status: 402 })
    const counted = await makeKey(service, { budgetNanoUsd: cost * 1_000, budgetWindow: 'day' })
    const answer = await ask(service, counted.key, { model: 'compatible/unheard-of' })
    expect(answer).toMatchObject({ status: 403 })
    expect(answer.body).toContain('gateway.model_unpriced')
  })

  test('a key is limited to its providers, and lists only what it may call', async () => {
    const { key } = await makeKey(service, { allowedProviders: ['sim'], allowedModels: ['sim/echo', 'openai/*'] })
    expect(await ask(service, key, { model: 'sim/echo' })).toMatchObject({ status: 200 })
    expect(await ask(service, key)).toMatchObject({ status: 403 })
    expect(await ask(service, key, { model: 'openai/gpt-4o' })).toMatchObject({ status: 403 })
    const list = await fetch(`${service.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })
    const { data } = (await list.json()) as { data: { id: string }[] }
    expect(data.map(({ id }) => id)).toEqual(['auto', 'sim/echo'])
  })

  test('a change of a key counts for the very next request', async () => {
    const made = await makeKey(service, {})
    expect(await ask(service, made.key)).toMatchObject({ status: 200 })
    await service.call(`PATCH /api/v1/gateway-keys/${made.id}`, { body: { allowedModels: ['sim/echo'] } })
    expect(await ask(service, made.key)).toMatchObject({ status: 403 })
    await service.call(`DELETE /api/v1/gateway-keys/${made.id}`)
    expect(await ask(service, made.key, { model: 'sim/echo' })).toMatchObject({ status: 401 })
  })
})

describe('on two processes with one PostgreSQL', () => {
  let postgres: Postgres
  let services: TestService[]
  let dataDir: Awaited<ReturnType<typeof temporaryDirectory>>
  let cost: number
  const environment = () => ({
    ASSAY_ROLES: 'gateway,web',
    DATABASE_URL: postgres.url,
    ASSAY_MASTER_KEY: 'ab'.repeat(32),
  })
  beforeAll(async () => {
    postgres = await startPostgres()
    dataDir = await temporaryDirectory()
    const options = { dataDir: dataDir.path, databaseUrl: new Secret(postgres.url), log: silentLog }
    await (await openStore({ ...options, migrate: true })).close()
    services = [await startService({ environment: environment() }), await startService({ environment: environment() })]
    cost = await costOfOne(services[0]!)
  })
  afterAll(async () => {
    for (const service of services) await service[Symbol.asyncDispose]()
    await postgres.stop()
    await dataDir[Symbol.asyncDispose]()
  })
  const both = (index: number): TestService => services[index % 2]!

  test('fifty at once over both on a budget for ten: none spends what is not there', async () => {
    const key = await makeKey(services[0]!, { budgetNanoUsd: cost * 10, budgetWindow: 'day' })
    for (const form of [{}, { stream: true }]) {
      const answers = await times(50, (index) => ask(both(index), key.key, form))
      expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(10)
      expect(answers.every(({ status }) => status === 200 || status === 402)).toBe(true)
      const budget = await settled(services[0]!, key)
      expect(budget.usedNanoUsd).toBeGreaterThan(0)
      expect(budget.usedNanoUsd).toBeLessThanOrEqual(cost * 10)
      expect(budget.usedNanoUsd).toBe(await spentBy(services[0]!, key))
    }
  })

  test('rates and places are shared', async () => {
    const rpm = await makeKey(services[0]!, { rpm: 10 })
    const answers = await times(50, (index) => ask(both(index), rpm.key))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10)
    const tpm = await makeKey(services[0]!, { tpm: 500 })
    const counted = await times(50, (index) => ask(both(index), tpm.key))
    // Some is filled in while they run.
    expect(tokensOf(counted)).toBeLessThanOrEqual(550)
    const places = await makeKey(services[0]!, { maxConcurrency: 3 })
    const slow = { model: 'sim/slow', max_tokens: 10 }
    const sat = await times(20, (index) => ask(both(index), places.key, slow))
    expect(sat.some(({ status }) => status === 429)).toBe(true)
    const passed = sat.filter(({ status }) => status === 200).length
    expect(await mostAtOnce(services[0]!, places, passed)).toBe(3)
    expect(await ask(services[1]!, places.key)).toMatchObject({ status: 200 })
  })

  test('a key revoked on one process is refused by the other at once', async () => {
    const key = await makeKey(services[0]!, {})
    expect(await ask(services[1]!, key.key)).toMatchObject({ status: 200 })
    await services[0]!.call(`DELETE /api/v1/gateway-keys/${key.id}`)
    const deadline = Date.now() + 1_000
    let status = 200
    while (status === 200 && Date.now() < deadline) status = (await ask(services[1]!, key.key)).status
    expect(status).toBe(401)
  })

  test('after all that the ledger, the log, the budgets and the leases agree', async () => {
    const database = await openDatabase({
      dataDir: dataDir.path,
      databaseUrl: new Secret(postgres.url),
      log: silentLog,
    })
    const findings = await checkDatabase(database)
    await database.close()
    expect(findings).toEqual([])
  })
})
