import { bucketOf, DAY_MS, HOUR_MS, noUsage, timestamp, type RequestRecord } from '@assay/core'
import {
  applyRetention,
  dropPartitions,
  findBody,
  findRequest,
  insertBodies,
  insertRequests,
  listRequests,
  providerFigures,
  usageByHour,
} from '@assay/store'
import { expect, test } from 'vitest'
import { requestOf } from '../records.ts'
import { newId, type TestStore } from '../test-store.ts'

/** The request log, its rollup and its days. */
export const describeRequests = (current: () => TestStore): void => {
  const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS

  test('a request comes back as it was written, whichever engine wrote it', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const attempt = {
      providerName: 'sim',
      model: 'echo',
      credentialId: null,
      status: 200,
      errorCode: null,
      startedAt: timestamp(hour),
      ttftMs: 1.5,
      latencyMs: 20,
      usage: { ...noUsage, inputTokens: 3, outputTokens: 4 },
      costNanoUsd: null,
    }
    const record = requestOf({
      workspaceId,
      attempts: [attempt],
      tags: { camelCase: 'kept', snake_case: 'kept' },
      costNanoUsd: 9_007_199_254_740_991,
      savingNanoUsd: -5,
      latencyMs: 12.25,
    })
    await store.inSystem((system) => insertRequests(system, [record]))
    expect(await store.inWorkspace(workspaceId, (scope) => findRequest(scope, record.id))).toEqual(record)
  })

  test('a record that comes twice is written and counted once', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const record = (changes: object) => requestOf({ workspaceId, at: timestamp(hour + 1), ...changes })
    const [first, second] = [record({}), record({ status: 'failed', costNanoUsd: null, priced: false })]
    const insert = (...records: (typeof first)[]) => store.inSystem((system) => insertRequests(system, records))
    expect(await insert(first, first)).toEqual(new Set([first.id]))
    expect(await insert(first, second)).toEqual(new Set([second.id]))
    await Promise.all([insert(first, second), insert(second, first)])

    const usage = await store.inWorkspace(workspaceId, (scope) =>
      usageByHour(scope, { from: timestamp(hour), to: timestamp(hour + HOUR_MS) }),
    )
    expect(usage).toEqual([
      {
        hour: timestamp(hour),
        providerName: 'sim',
        model: 'echo',
        requests: 2,
        failed: 1,
        completed: 1,
        unpriced: 1,
        inputTokens: 20,
        outputTokens: 40,
        cacheHits: 0,
        cacheMisses: 0,
        cacheSavedNanoUsd: 0,
        cacheSavedMs: 0,
        costNanoUsd: 1_000,
        baselineCostNanoUsd: 4_000,
        savingNanoUsd: 2_000,
        routedSavingNanoUsd: 2_000,
        pinnedSavingNanoUsd: 0,
        cachedSavingNanoUsd: 0,
        latencyMsSum: 50,
      },
    ])
  })

  test('each attempt counts for the provider it was made at, whoever answered in the end', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const attempt = (providerName: string, errorCode: string | null): RequestRecord['attempts'][number] => ({
      providerName,
      model: 'm',
      credentialId: null,
      status: null,
      errorCode,
      startedAt: timestamp(hour),
      ttftMs: null,
      latencyMs: 1,
      usage: null,
      costNanoUsd: null,
    })
    const attempts = [
      attempt('openai', 'gateway.provider_failed'),
      attempt('openai', 'gateway.timeout'),
      attempt('anthropic', 'gateway.circuit_open'),
      attempt('sim', null),
    ]
    const record = requestOf({ workspaceId, at: timestamp(hour), attempts })
    await store.inSystem((system) => insertRequests(system, [record]))
    const period = { from: timestamp(hour), to: timestamp(hour + HOUR_MS) }
    const figures = await store.inWorkspace(workspaceId, (scope) => providerFigures(scope, period))
    const told = figures.map(({ providerName, attempts: counted }) => [providerName, counted] as const)
    expect(Object.fromEntries(told)).toEqual({
      openai: { answered: 0, failed: 2 },
      sim: { answered: 1, failed: 0 },
    })
  })

  test('the rollup keeps hours, models, and what has no provider apart', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const records = [
      requestOf({ workspaceId, at: timestamp(hour) }),
      requestOf({ workspaceId, at: timestamp(hour - 1) }),
      requestOf({ workspaceId, at: timestamp(hour), keyId: newId() }),
      requestOf({ workspaceId, at: timestamp(hour), providerName: null, responseModel: null, complexity: null }),
      requestOf({ workspaceId, at: timestamp(hour), providerName: null, responseModel: null, complexity: null }),
    ]
    for (const record of records) await store.inSystem((system) => insertRequests(system, [record]))
    const usage = await store.inWorkspace(workspaceId, (scope) =>
      usageByHour(scope, { from: timestamp(hour - HOUR_MS), to: timestamp(hour + HOUR_MS) }),
    )
    const counted = usage.map(({ hour, providerName, model, requests }) => [hour, providerName, model, requests])
    expect(counted).toEqual([
      [timestamp(hour - HOUR_MS), 'sim', 'echo', 1],
      [timestamp(hour), 'sim', 'echo', 2],
      [timestamp(hour), null, 'auto', 2],
    ])
  })

  test('the log is read in pages, newest first, by every filter', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const records = Array.from({ length: 7 }, (_, index) =>
      requestOf({
        workspaceId,
        at: timestamp(hour - Math.floor(index / 2) * DAY_MS),
        promptPreview: index === 3 ? '100% of _this_' : `prompt ${index}`,
        status: index === 2 ? 'failed' : 'completed',
        providerName: index === 4 ? 'openai' : 'sim',
        responseModel: index === 5 ? 'gpt-4o' : 'echo',
      }),
    )
    await store.inSystem((system) => insertRequests(system, records))
    const list = (query: Parameters<typeof listRequests>[1]) =>
      store.inWorkspace(workspaceId, (scope) => listRequests(scope, query))
    const seen: string[] = []
    let cursor: string | null | undefined
    do {
      const page: Awaited<ReturnType<typeof list>> = await list({ limit: 3, ...(cursor ? { cursor } : {}) })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor !== null)
    const newestFirst = records.toSorted((a, b) => (a.at + a.id < b.at + b.id ? 1 : -1))
    expect(seen).toEqual(newestFirst.map(({ id }) => id))

    const idsOf = async (query: Parameters<typeof list>[0]) => (await list(query)).items.map(({ id }) => id)
    expect(await idsOf({ status: 'failed' })).toEqual([records[2]!.id])
    expect(await idsOf({ provider: 'openai' })).toEqual([records[4]!.id])
    expect(await idsOf({ model: 'gpt-4o' })).toEqual([records[5]!.id])
    expect(await idsOf({ model: 'auto' })).toHaveLength(7)
    expect(await idsOf({ text: '100% of _T' })).toEqual([records[3]!.id])
    expect(await idsOf({ since: timestamp(hour) })).toHaveLength(2)
    await expect(list({ cursor: 'bm90IG91cnM' })).rejects.toMatchObject({ code: 'input.invalid' })
  })

  test('after ninety days a request is gone, before that it is there', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const now = Date.parse('2021-06-30T12:00:00.000Z')
    const [old, young] = [91, 89].map((days) => requestOf({ workspaceId, at: timestamp(now - days * DAY_MS) }))
    await store.inSystem((system) => insertRequests(system, [old!, young!]))
    await store.inSystem((system) => applyRetention(system, { now: timestamp(now) }))
    const find = (id: string) => store.inWorkspace(workspaceId, (scope) => findRequest(scope, id))
    expect(await find(old!.id)).toBeNull()
    expect(await find(young!.id)).toEqual(young)
  })

  test('old days are dropped whole, and their hours stay in the rollup', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const old = requestOf({ workspaceId, at: '2020-02-29T23:59:59.999Z' })
    await store.inSystem((system) => insertRequests(system, [old]))
    const dropped = await store.inSystem((system) => dropPartitions(system, { table: 'requests', day: '2020-03-01' }))
    expect(dropped).toEqual(['requests_20200229'])
    expect(await store.inWorkspace(workspaceId, (scope) => findRequest(scope, old.id))).toBeNull()
    const usage = await store.inWorkspace(workspaceId, (scope) =>
      usageByHour(scope, { from: '2020-02-29T00:00:00.000Z', to: '2020-03-01T00:00:00.000Z' }),
    )
    expect(usage).toMatchObject([{ hour: '2020-02-29T23:00:00.000Z', requests: 1 }])
    expect(
      await store.inSystem((system) => insertRequests(system, [requestOf({ workspaceId, at: old.at })])),
    ).toHaveProperty('size', 1)
  })

  test('every other filter narrows the log down to what fits it', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const keyId = newId()
    const one = (changes: Partial<Parameters<typeof requestOf>[0]>) =>
      requestOf({ workspaceId, at: timestamp(hour), ...changes })
    const records = {
      key: one({ keyId }),
      complexity: one({ complexity: 'complex' }),
      cache: one({ cache: 'hit' }),
      errorCode: one({ status: 'failed', errorCode: 'gateway.timeout' }),
      tag: one({ tags: { team: 'search', run: '7' } }),
      conversation: one({ conversationId: 'c-1' }),
      until: one({ at: timestamp(hour - HOUR_MS) }),
      body: one({}),
    }
    await store.inSystem(async (system) => {
      await insertRequests(system, Object.values(records))
      await insertBodies(system, [bodyOf(records.body)])
    })
    const ids = async (query: Parameters<typeof listRequests>[1]) =>
      (await store.inWorkspace(workspaceId, (scope) => listRequests(scope, query))).items.map(({ id }) => id)
    expect(await ids({ key: keyId })).toEqual([records.key.id])
    expect(await ids({ complexity: 'complex' })).toEqual([records.complexity.id])
    expect(await ids({ cache: 'hit' })).toEqual([records.cache.id])
    expect(await ids({ errorCode: 'gateway.timeout' })).toEqual([records.errorCode.id])
    expect(await ids({ tag: 'team=search' })).toEqual([records.tag.id])
    expect(await ids({ tag: 'run' })).toEqual([records.tag.id])
    expect(await ids({ tag: 'team=sales' })).toEqual([])
    expect(await ids({ conversation: 'c-1' })).toEqual([records.conversation.id])
    expect(await ids({ until: timestamp(hour) })).toEqual([records.until.id])
    expect(await ids({ text: 'HARBOUR' })).toEqual([records.body.id])
    expect(await ids({ text: 'lighthouse' })).toEqual([records.body.id])
  })

  test('a search that takes long gives what it found, and its cursor goes on without a gap', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const records = Array.from({ length: 12 }, (_, day) =>
      requestOf({ workspaceId, at: timestamp(hour - day * DAY_MS) }),
    )
    await store.inSystem((system) => insertRequests(system, records))
    const seen: string[] = []
    let [cursor, pages]: [string | null | undefined, number] = [undefined, 0]
    do {
      let clock = 0
      const page: Awaited<ReturnType<typeof listRequests>> = await store.inWorkspace(workspaceId, (scope) =>
        listRequests(scope, { limit: 200, ...(cursor ? { cursor } : {}) }, { clock: () => (clock += 1_000) }),
      )
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
      pages++
    } while (cursor !== null)
    expect(pages).toBeGreaterThan(1)
    expect(seen).toEqual(records.map(({ id }) => id))
  })

  test('a body is written once, is seen by its workspace alone, and goes after seven days', async () => {
    const { store, createWorkspace } = current()
    const [{ workspaceId }, { workspaceId: other }] = [await createWorkspace(), await createWorkspace()]
    const now = Date.parse('2021-09-30T12:00:00.000Z')
    const [old, young] = [8, 6].map((days) => bodyOf(requestOf({ workspaceId, at: timestamp(now - days * DAY_MS) })))
    await store.inSystem((system) => insertBodies(system, [old!, young!]))
    await store.inSystem((system) => insertBodies(system, [young!]))
    const find = (id: string, from = workspaceId) => store.inWorkspace(from, (scope) => findBody(scope, id))
    expect(await find(old!.id)).not.toBeNull()
    await store.inSystem((system) => applyRetention(system, { now: timestamp(now) }))
    const { request, answer, redactions } = young!
    expect(await find(young!.id)).toEqual({ request, answer, redactions })
    expect([await find(old!.id), await find(young!.id, other)]).toEqual([null, null])
  })

  test('the hours tell how times are spread and what each tag cost, and callers cannot make tags without end', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const at = timestamp(hour)
    const record = (changes: Parameters<typeof requestOf>[0]) => requestOf({ workspaceId, at, ...changes })
    for (const latencyMs of [10, 10, 1_000]) {
      await store.inSystem((system) => insertRequests(system, [record({ latencyMs, tags: { team: 'search' } })]))
    }
    await store.inSystem((system) =>
      insertRequests(system, [record({ cache: 'hit', latencyMs: 1, cacheSavedNanoUsd: 5 })]),
    )
    const many = Array.from({ length: 520 }, (_, number) => record({ tags: { run: String(number) } }))
    await store.inSystem((system) => insertRequests(system, many))
    const { spread, tags } = await store.inSystem(async ({ db }) => ({
      spread: await db
        .selectFrom('usageHour')
        .select((eb) => [eb.cast<string>('latencyCounts', 'text').as('counts'), 'cacheHits', 'cacheSavedNanoUsd'])
        .where('workspaceId', '=', workspaceId)
        .executeTakeFirstOrThrow(),
      tags: await db
        .selectFrom('usageTagHour')
        .select(['tag', 'requests', 'costNanoUsd'])
        .where('workspaceId', '=', workspaceId)
        .execute(),
    }))
    const counts = spread.counts.slice(1, -1).split(',').map(Number)
    expect([counts[bucketOf(10)], counts[bucketOf(1_000)], counts[bucketOf(50)]]).toEqual([2, 1, 520])
    expect(spread).toMatchObject({ cacheHits: 1, cacheSavedNanoUsd: 5 })
    expect(tags).toHaveLength(501)
    expect(tags).toContainEqual({ tag: 'team=search', requests: 3, costNanoUsd: 3_000 })
    expect(tags).toContainEqual({ tag: '(other)', requests: 21, costNanoUsd: 21_000 })
  })
}

const bodyOf = ({ id, workspaceId, at }: ReturnType<typeof requestOf>) => ({
  id,
  workspaceId,
  at,
  request: { model: 'sim/echo', messages: [{ role: 'user' as const, content: 'Where is the harbour?' }] },
  answer: { text: 'Behind the lighthouse.', reasoningText: '', toolCalls: [], finishReason: 'stop' as const },
  redactions: { email: 1 },
})
