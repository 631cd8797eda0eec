import { setTimeout as delay } from 'node:timers/promises'
import { type Client, isClientError } from '@assay/client'
import { timestamp, type LiveEvent, type RequestFilter, type RequestRecord } from '@assay/core'

/** What following the log needs. */
export type Following = {
  client: Pick<Client, 'events' | 'listRequests'>
  filter: RequestFilter
  /** How many of those that are there already are told first. */
  last: number
  /** Gets requests the oldest first, each once. */
  print: (rows: readonly RequestRecord[]) => void
  note: (text: string) => void
  now: () => number
  signal: AbortSignal
}

/** Events that come within this time are looked up together. */
const GATHER_MS = 200
/** After a lookup that failed because the server is away. */
const ASK_AGAIN_MS = 1_000
/** Somebody looks at the screen, so the stream is tried more often than a page would. */
const LONGEST_AWAY_MS = 5_000
const PAGE_ROWS = 200
/** So many ids are remembered, lest a request be told twice. */
const MOST_SEEN = 10_000

/**
 * Tells the requests that a filter takes, as they end, until the signal. Events name them; the log says what they are
 * and whether the filter takes them. After a gap that the stream cannot fill, what is newer is read from the log.
 */
export const followRequests = async ({ client, filter, last, print, note, now, signal }: Following): Promise<void> => {
  const told = createTold(print)
  let newestAt = timestamp(now())
  const tellNewest = async (limit: number, since?: string) => {
    const { items } = await client.listRequests({ query: { ...filter, limit, ...(since ? { since } : {}) } })
    newestAt = items[0]?.at ?? newestAt
    return items
  }
  // Asked before the stream, so that a server that is not there is an error and no silence.
  const before = await tellNewest(Math.max(1, last))
  if (last > 0) told.tell(before)
  else told.skip(before)

  let ids = new Set<string>()
  let isBehind = false
  const lookUp = async () => {
    while (isBehind || ids.size > 0) {
      const [wanted, wasBehind] = [ids, isBehind]
      ids = new Set()
      isBehind = false
      try {
        if (wasBehind) told.tell(await tellNewest(PAGE_ROWS, newestAt))
        for (const id of wanted) if (!told.has(id)) told.tell(await findRequest(client, filter, id))
      } catch (error) {
        // The server may be going away, or coming back: what was asked for is asked again.
        if (signal.aborted) return
        if (!mayPass(error)) throw error
        for (const id of wanted) ids.add(id)
        isBehind ||= wasBehind
        await wait(ASK_AGAIN_MS, signal)
      }
    }
  }
  const failed = Promise.withResolvers<never>()
  let work: Promise<void> | null = null
  const wake = () => {
    work ??= wait(GATHER_MS, signal)
      .then(lookUp)
      .catch(failed.reject)
      .finally(() => {
        work = null
        if (!signal.aborted && (isBehind || ids.size > 0)) wake() // heard of between the last look and here
      })
  }

  let isAway = false
  const events = client.events({
    topics: ['requests'],
    signal,
    backOffMs: (attempt) => Math.min(LONGEST_AWAY_MS, ASK_AGAIN_MS * 2 ** (attempt - 1)),
    onState: (state) => {
      if (state === 'lost' && !isAway) note('The stream broke; trying again …')
      if (state === 'connected') {
        note(isAway ? 'Connected again.' : 'Following; Ctrl-C ends it.')
        isBehind = true
        wake()
      }
      isAway = state === 'lost'
    },
  })
  const listen = async () => {
    for await (const event of events) {
      if (isOfRequest(event)) ids.add(event.id)
      else isBehind = true
      wake()
    }
  }
  await Promise.race([listen(), failed.promise])
}

/** No answer, an overload or trouble of the server passes; a refusal does not. */
const mayPass = (error: unknown): boolean => isClientError(error) && (error.status >= 500 || error.status === 429)

const isOfRequest = ({ type }: LiveEvent): boolean => type === 'request.closed'

/** Remembers what was told, so that nothing is told twice. */
const createTold = (print: Following['print']) => {
  const ids = new Set<string>()
  const skip = (rows: readonly RequestRecord[]) => {
    for (const { id } of rows) ids.add(id)
    for (const id of ids) {
      if (ids.size <= MOST_SEEN) break
      ids.delete(id)
    }
  }
  return {
    has: (id: string) => ids.has(id),
    skip,
    tell: (newestFirst: readonly RequestRecord[]) => {
      const fresh = newestFirst.filter(({ id }) => !ids.has(id)).toReversed()
      skip(fresh)
      if (fresh.length > 0) print(fresh)
    },
  }
}

/** An id and its row may be made some milliseconds apart. */
const SLACK_MS = 250

/** The request, where the filter takes it. Its id tells when it began, to the millisecond. */
const findRequest = async (
  client: Following['client'],
  filter: RequestFilter,
  id: string,
): Promise<RequestRecord[]> => {
  const beganAt = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)
  const time = { since: timestamp(beganAt - SLACK_MS), until: timestamp(beganAt + SLACK_MS) }
  let cursor: string | null = null
  do {
    const query = { ...filter, ...time, limit: PAGE_ROWS }
    const page: Awaited<ReturnType<Client['listRequests']>> = await client.listRequests({
      query: cursor === null ? query : { ...query, cursor },
    })
    const found = page.items.find((row) => row.id === id)
    if (found) return [found]
    cursor = page.nextCursor
  } while (cursor !== null)
  return []
}

const wait = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  delay(milliseconds, undefined, { signal }).catch(() => {})
