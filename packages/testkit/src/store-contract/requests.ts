import { DAY_MS, HOUR_MS, noUsage, timestamp } from '@assay/core'
import { applyRetention, dropPartitions, findRequest, insertRequests, listRequests, usageByHour } from '@assay/store'
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
        latencyMsSum: 50,
      },
    ])
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
}
