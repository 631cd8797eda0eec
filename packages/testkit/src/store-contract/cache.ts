import { DAY_MS, HOUR_MS, timestamp, type Vote } from '@assay/core'
import {
  type CacheQuery,
  countCache,
  countHits,
  findCacheEntry,
  findCachedAnswer,
  findNearAnswers,
  insertAnswers,
  invalidateCache,
  listCacheEntries,
  listFeedback,
  type NewAnswer,
  readCacheKeys,
  readNearDuplicates,
  recordFeedback,
  recordNearDuplicate,
  removeCacheEntry,
  setNearDuplicates,
  tidyCache,
  trimCache,
  updateCacheEntry,
} from '@assay/store'
import { expect, test } from 'vitest'
import { answerOf } from '../records.ts'
import { asSuperuser, newId, type TestStore } from '../test-store.ts'

/** Kept answers, the voices on them, and who sees them. */
export const describeCache = (current: () => TestStore): void => {
  const now = Date.now()
  const at = timestamp(now)

  const keep = async (...changes: Partial<NewAnswer>[]) => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const answers = changes.map((change) => answerOf({ workspaceId, ...change }))
    await store.inSystem((system) => insertAnswers(system, answers))
    const find = (key: string, moment = at) =>
      store.inWorkspace(workspaceId, (scope) => findCachedAnswer(scope, { key, now: moment }))
    const vote = (voter: string, vote: Vote, changed: { requestId?: string; originRequestId?: string } = {}) =>
      store.inWorkspace(workspaceId, (scope) =>
        recordFeedback(scope, {
          id: newId(),
          requestId: answers[0]!.requestId,
          originRequestId: answers[0]!.requestId,
          voter,
          vote,
          rating: null,
          comment: null,
          corrected: null,
          promptHash: null,
          userAgent: null,
          createdAt: at,
          ...changed,
        }),
      )
    const list = async (query: CacheQuery = {}) =>
      (await store.inWorkspace(workspaceId, (scope) => listCacheEntries(scope, query))).items
    return { store, workspaceId, answers, find, vote, list, key: answers[0]!.key }
  }

  test('an answer comes back as it was kept, until its time is over', async () => {
    const { answers, find, key, store, workspaceId } = await keep({
      response: '{"choices":[]}',
      tags: { camelCase: 'kept', team: 'a' },
      promptNormalized: 'hello',
      costNanoUsd: null,
      nearKey: 'near',
      signature: new Uint8Array([1, 2, 250]),
    })
    const found = await find(key)
    expect(found).toMatchObject({ ...answers[0], signature: expect.anything(), rejectedBy: [], hitCount: 0 })
    expect([...found!.signature!]).toEqual([1, 2, 250])
    expect(await find(key, timestamp(now + 2 * DAY_MS))).toBeNull()
    const near = { nearKey: 'near', now: at }
    expect(await store.inWorkspace(workspaceId, (scope) => findNearAnswers(scope, near))).toHaveLength(1)
    expect(await store.inWorkspace(workspaceId, (scope) => findCacheEntry(scope, key))).toMatchObject({
      key,
      answer: { choices: [] },
    })
    expect(await store.inSystem((system) => readCacheKeys(system, at))).toContain(key)
  })

  test('votes move the counts by their difference, and a second one takes the place of the first', async () => {
    const { vote, find, key, store, workspaceId } = await keep({})
    await vote('a', 'up')
    await vote('b', 'up')
    const { answer, feedback } = await vote('c', 'down')
    expect(answer).toEqual({ key, upvotes: 2, downvotes: 1, qualityScore: 0.6, invalidated: false })
    expect(await vote('c', 'neutral')).toMatchObject({
      answer: { upvotes: 2, downvotes: 0 },
      feedback: { id: feedback.id },
    })
    expect(await vote('a', 'down')).toMatchObject({ answer: { upvotes: 1, downvotes: 1, invalidated: false } })
    expect((await find(key))?.rejectedBy).toEqual(['a'])
    const listed = await store.inWorkspace(workspaceId, (scope) => listFeedback(scope, { cacheKey: key }))
    expect(listed.items).toHaveLength(3)
  })

  test('one down on a fresh answer invalidates it; a pinned one is only flagged', async () => {
    const { vote, find, key, list } = await keep({})
    expect(await vote('a', 'down')).toMatchObject({ answer: { downvotes: 1, invalidated: true } })
    expect(await find(key)).toBeNull()
    expect(await list()).toMatchObject([{ invalidated: true, invalidationReason: 'downvotes' }])
    // What was rejected stays so, although the voter thinks otherwise now.
    expect(await vote('a', 'up')).toMatchObject({ answer: { upvotes: 1, downvotes: 0, invalidated: true } })

    const pinned = await keep({})
    const { key: pin, store, workspaceId } = pinned
    await store.inWorkspace(workspaceId, (scope) => updateCacheEntry(scope, { key: pin, pinned: true }))
    expect(await pinned.vote('a', 'down')).toMatchObject({ answer: { invalidated: false } })
    expect(await pinned.find(pin)).toMatchObject({ pinned: true, flagged: true, rejectedBy: ['a'] })
    expect(await pinned.list({ state: 'flagged' })).toHaveLength(1)
  })

  test('voices at the same moment are all counted', async () => {
    const { vote, list } = await keep({})
    await Promise.all(Array.from({ length: 12 }, (_, index) => vote(`voter ${index}`, index < 8 ? 'up' : 'neutral')))
    await Promise.all(Array.from({ length: 6 }, () => vote('twice', 'up')))
    expect(await list()).toMatchObject([{ upvotes: 9, downvotes: 0 }])
  })

  test('another answer under the same key begins anew, and its old voices count no longer', async () => {
    const { vote, answers, store, find, key } = await keep({})
    await vote('a', 'up')
    await vote('b', 'down')
    const next = answerOf({ ...answers[0]!, requestId: newId(), response: '{"choices":[1]}' })
    await store.inSystem((system) => insertAnswers(system, [answers[0]!, next]))
    expect(await find(key)).toMatchObject({ upvotes: 0, downvotes: 0, response: next.response, rejectedBy: [] })
    expect(await vote('a', 'down')).toMatchObject({ answer: null, feedback: { cacheKey: null } })
    expect(await vote('a', 'up', { originRequestId: next.requestId })).toMatchObject({ answer: { upvotes: 1 } })
  })

  test('hits are added up, and the answers listed by money saved, hits, quality and last access, in pages', async () => {
    const { store, answers, list, workspaceId } = await keep(
      { costNanoUsd: 1_000, promptPreview: 'first 100%' },
      { costNanoUsd: 50, model: 'other' },
      { costNanoUsd: null },
    )
    const [first, second, third] = answers.map(({ key }) => key)
    const hit = (key: string, hits: number) => ({ key, hits, lastAccessedAt: timestamp(now + HOUR_MS + hits) })
    await store.inSystem((system) => countHits(system, [hit(first!, 2), hit(second!, 7), hit(third!, 9)]))
    await store.inSystem((system) => countHits(system, [hit(first!, 1)]))
    const keys = async (query: CacheQuery) => (await list(query)).map(({ key }) => key)
    expect(await keys({ sort: 'saved' })).toEqual([first, second, third])
    expect(await keys({ sort: 'hits' })).toEqual([third, second, first])
    expect(await keys({ sort: 'recent', order: 'asc' })).toEqual([first, second, third])
    expect(await keys({ model: 'other' })).toEqual([second])
    expect(await keys({ model: 'sim/other' })).toEqual([second])
    expect(await keys({ text: '100%' })).toEqual([first])
    expect(await list({ sort: 'hits', limit: 1 })).toMatchObject([{ hitCount: 9, savedNanoUsd: 0 }])
    for (const order of ['desc', 'asc'] as const) {
      for (const sort of ['saved', 'hits', 'quality', 'recent'] as const) {
        const seen: string[] = []
        let cursor: string | undefined
        do {
          const query = { sort, order, limit: 2, ...(cursor ? { cursor } : {}) }
          const page = await store.inWorkspace(workspaceId, (scope) => listCacheEntries(scope, query))
          seen.push(...page.items.map(({ key }) => key))
          cursor = page.nextCursor ?? undefined
        } while (cursor)
        expect(new Set(seen).size).toBe(3)
        expect(seen).toHaveLength(3)
      }
    }
  })

  test('answers are invalidated by model, tag, age, key, or all at once, and told once', async () => {
    const { store, workspaceId, answers, list } = await keep(
      { model: 'a', tags: { team: 'red' } },
      { model: 'b', tags: { team: 'blue', 'a=b': 'c' }, createdAt: timestamp(now - HOUR_MS) },
      { model: 'b', tags: {} },
      { model: 'b', tags: {} },
    )
    const invalidate = (filter: Parameters<typeof invalidateCache>[1]) =>
      store.inWorkspace(workspaceId, (scope) => invalidateCache(scope, filter, { reason: 'manual', now: at }))
    expect(await invalidate({ model: 'sim/c' })).toEqual([])
    expect(await invalidate({ tag: 'team=red', model: 'b' })).toEqual([])
    expect(await invalidate({ tag: 'team=red' })).toEqual([answers[0]!.key])
    expect(await invalidate({ olderThan: timestamp(now - HOUR_MS + 1) })).toEqual([answers[1]!.key])
    expect(await invalidate({ tag: 'team' })).toEqual([])
    expect(await invalidate({ keys: [answers[2]!.key, answers[0]!.key] })).toEqual([answers[2]!.key])
    expect(await invalidate({})).toEqual([answers[3]!.key])
    expect(await list({ state: 'valid' })).toEqual([])
    expect(await store.inWorkspace(workspaceId, (scope) => countCache(scope, at))).toEqual({
      entries: 0,
      sizeBytes: 4_000,
      invalidated: { manual: 4 },
    })
  })

  test('an answer is removed with everything but its votes', async () => {
    const { store, workspaceId, key, vote, list } = await keep({})
    await vote('a', 'up')
    const removed = await store.inWorkspace(workspaceId, (scope) => removeCacheEntry(scope, key))
    expect(removed).toMatchObject({ key })
    expect(await list()).toEqual([])
    const { items } = await store.inWorkspace(workspaceId, (scope) => listFeedback(scope, {}))
    expect(items).toMatchObject([{ voter: 'a', cacheKey: null }])
  })

  test('upkeep marks what had its time and what came from retired models, and removes both later', async () => {
    const { store, list } = await keep(
      { expiresAt: timestamp(now - 1) },
      { model: 'retired' },
      { expiresAt: timestamp(now + 30 * DAY_MS) },
    )
    const tidy = (moment: number) =>
      store.inSystem((system) =>
        tidyCache(system, { now: timestamp(moment), retired: [{ provider: 'sim', model: 'retired' }] }),
      )
    expect((await tidy(now)).keys.length).toBeGreaterThanOrEqual(2)
    const reasons = (await list()).map(({ invalidationReason }) => invalidationReason)
    expect(new Set(reasons)).toEqual(new Set(['expired', 'model_retired', null]))
    await tidy(now + 8 * DAY_MS)
    expect(await list()).toHaveLength(1)
  })

  test('room is made by what was not asked for longest; what is invalid goes before it and what is pinned last', async () => {
    const { store, workspaceId, answers, list } = await keep(
      ...[1, 2, 3, 4].map((hours) => ({ lastAccessedAt: timestamp(now + hours * HOUR_MS), sizeBytes: 1_000_000 })),
    )
    const [pinned, , invalid, youngest] = answers.map(({ key }) => key)
    await store.inWorkspace(workspaceId, async (scope) => {
      await updateCacheEntry(scope, { key: pinned!, pinned: true })
      await invalidateCache(scope, { keys: [invalid!] }, { reason: 'manual', now: at })
    })
    // Answers of other tests are smaller than what there is room for, and older.
    await store.inSystem((system) => trimCache(system, { maxBytes: 2_999_999 }))
    const left = async () => new Set((await list()).map(({ key }) => key))
    const after = await left()
    expect(after.has(invalid!)).toBe(false)
    expect(after.has(pinned!) && after.has(youngest!)).toBe(true)
    await store.inSystem((system) => trimCache(system, { maxBytes: 1_999_999 }))
    expect(await left()).toEqual(new Set([pinned]))
  })

  test('what is counted of near-duplicates decides nothing by itself and is counted once per request', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const inside = <Result>(work: Parameters<typeof store.inWorkspace<Result>>[1]) =>
      store.inWorkspace(workspaceId, work)
    expect(await inside(readNearDuplicates)).toEqual({ mode: 'off', candidates: 0, measured: 0, falseHits: 0 })
    for (const mode of ['suggest', 'serve'] as const) {
      await inside((scope) => setNearDuplicates(scope, { mode, now: at }))
    }
    const requestId = newId()
    for (const isSame of [true, false, null, true]) {
      const found = { requestId: isSame === true ? requestId : newId(), cacheKey: 'k', isServed: false, isSame, at }
      await inside((scope) => recordNearDuplicate(scope, found))
    }
    expect(await inside(readNearDuplicates)).toEqual({ mode: 'serve', candidates: 3, measured: 2, falseHits: 1 })
  })

  test('kept answers and voices of another workspace are not there, whichever wall is out of the way', async () => {
    const theirs = await keep({})
    await theirs.vote('a', 'up')
    const { store, createWorkspace } = current()
    const { workspaceId: ours } = await createWorkspace()
    const look = async (scope: Parameters<typeof findCacheEntry>[0]) => ({
      found: await findCachedAnswer(scope, { key: theirs.key, now: at }),
      entry: await findCacheEntry(scope, theirs.key),
      listed: (await listCacheEntries(scope, {})).items.length,
      voices: (await listFeedback(scope, {})).items.length,
      updated: await updateCacheEntry(scope, { key: theirs.key, pinned: true }),
      invalidated: await invalidateCache(scope, { keys: [theirs.key] }, { reason: 'manual', now: at }),
      removed: await removeCacheEntry(scope, theirs.key),
    })
    const nothing = {
      found: null,
      entry: null,
      listed: 0,
      voices: 0,
      updated: null,
      invalidated: [],
      removed: null,
    }
    expect(await store.inWorkspace(ours, look)).toEqual(nothing)
    expect(await store.inWorkspace(ours, (scope) => look({ ...scope, workspaceId: theirs.workspaceId }))).toEqual(
      nothing,
    )
    expect(await asSuperuser(store, (scope) => look({ ...scope, workspaceId: ours }))).toEqual(nothing)
    const writing = store.inWorkspace(ours, (scope) =>
      setNearDuplicates({ ...scope, workspaceId: theirs.workspaceId }, { mode: 'serve', now: at }),
    )
    await expect(writing).rejects.toMatchObject({ code: '42501' })
    expect(await theirs.find(theirs.key)).toMatchObject({ pinned: false })
  })
}
