import { ClientError } from '@assay/client'
import { type LiveEvent, type RequestRecord, timestamp } from '@assay/core'
import { until } from '@assay/testkit'
import { expect, test } from 'vitest'
import { followRequests, type Following } from './follow-requests.ts'

/** A server of which the test says what it holds and when it is away. */
const startFollowing = () => {
  const log: RequestRecord[] = []
  const heard: LiveEvent[] = []
  const told: string[] = []
  const stop = new AbortController()
  let problem: Error | null = null
  let asked = 0
  const client: Following['client'] = {
    listRequests: async () => {
      asked++
      if (problem) throw problem
      return { items: log.toReversed(), nextCursor: null }
    },
    events: async function* ({ onState, signal }) {
      onState?.('connected')
      for (;;) {
        if (signal?.aborted) return
        await new Promise((resolve) => setTimeout(resolve, 5))
        yield* heard.splice(0)
      }
    },
  }
  const end = followRequests({
    client,
    filter: {},
    last: 0,
    print: (rows) => told.push(...rows.map(({ id }) => id)),
    note: () => {},
    now: Date.now,
    signal: stop.signal,
  })
  const close = (id: string) => {
    log.push({ id, at: timestamp(Date.now()) } as RequestRecord)
    heard.push({ topic: 'requests', type: 'request.closed', id, at: timestamp(Date.now()), counters: {} })
  }
  return {
    told,
    close,
    end,
    asked: () => asked,
    fail: (error: Error | null) => void (problem = error),
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await end.catch(() => {})
    },
  }
}

const idOf = (place: number): string => `0199a1b2-c3d4-7000-8000-${String(place).padStart(12, '0')}`
const problem = (status: number) => new ClientError({ code: 'client.unreachable', message: 'away', hint: '', status })

test('a request that ended while the server went away is told when it is back', async () => {
  await using following = startFollowing()
  following.close(idOf(1))
  await until('the first', () => following.told[0])
  following.fail(problem(502))
  const before = following.asked()
  following.close(idOf(2))
  await until('the lookup that fails', () => (following.asked() > before ? true : undefined))
  following.fail(null)
  await until('the second', () => following.told[1])
  expect(following.told).toEqual([idOf(1), idOf(2)])
})

test('a refusal ends it', async () => {
  await using following = startFollowing()
  following.close(idOf(1))
  await until('the first', () => following.told[0])
  following.fail(problem(403))
  following.close(idOf(2))
  await expect(following.end).rejects.toMatchObject({ status: 403 })
})
