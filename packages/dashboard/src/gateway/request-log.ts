import type { RequestFilter, RequestRecord } from '@assay/core'
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { NEWEST_ROWS, queries } from '../app/queries.ts'

/**
 * The log as far as it is loaded, with what came since. New requests join at once while nobody reads; else they wait,
 * so that no row moves away under the eyes or the pointer, until they are asked for.
 */
export const useRequestLog = (filter: RequestFilter, { isReading }: { isReading: boolean }) => {
  const queryClient = useQueryClient()
  const older = useInfiniteQuery(queries.requests(filter))
  const newest = useQuery({ ...queries.newestRequests(filter), enabled: older.data !== undefined })
  const loaded = useMemo(() => older.data?.pages.flatMap(({ items }) => items), [older.data])
  const fresh = newest.data?.items
  const key = JSON.stringify(filter)
  const [taken, setTaken] = useState<Taken>({ key, from: undefined, rows: [] })
  const before = taken.key === key ? taken.rows : noRows
  const requests = useMemo(() => loaded && merged(loaded, before), [loaded, before])
  const hasGap = requests !== undefined && fresh !== undefined && isApart(requests, fresh)
  const take = () => fresh && setTaken({ key, from: fresh, rows: union(before, fresh) })
  if (fresh !== undefined && !isReading && !hasGap && (fresh !== taken.from || key !== taken.key)) take()
  const waiting = useMemo(() => (requests && fresh ? added(fresh, requests).length : 0), [requests, fresh])

  const takeNew = () => {
    // More came than one page holds: what lies between would be missing, so the list begins anew.
    if (hasGap) return void queryClient.resetQueries({ queryKey: queries.requests(filter).queryKey })
    take()
  }
  useEffect(() => {
    if (hasGap && !isReading) void queryClient.resetQueries({ queryKey: ['request-log'] })
  }, [hasGap, isReading, queryClient])

  return {
    requests,
    waiting,
    hasGap,
    takeNew,
    older,
    /** What a panel needs to know of both readings. */
    panel: {
      data: requests,
      error: older.error ?? newest.error,
      isFetching: older.isFetching || newest.isFetching,
      dataUpdatedAt: Math.max(older.dataUpdatedAt, newest.dataUpdatedAt),
      refetch: () => void (older.data === undefined ? older.refetch() : newest.refetch()),
    },
  }
}

/** What joined the list, and the reading it came with. */
type Taken = { key: string; from: readonly RequestRecord[] | undefined; rows: readonly RequestRecord[] }

const noRows: readonly RequestRecord[] = []

const union = (one: readonly RequestRecord[], other: readonly RequestRecord[]): readonly RequestRecord[] => [
  ...new Map([...one, ...other].map((row) => [row.id, row])).values(),
]

/** Both in the order of the log, each request once. */
const merged = (loaded: readonly RequestRecord[], fresh: readonly RequestRecord[]): RequestRecord[] => {
  const more = added(fresh, loaded)
  return more.length === 0 ? [...loaded] : [...more, ...loaded].toSorted((one, other) => (isNewer(one, other) ? -1 : 1))
}

/** Those that are not loaded and do not lie behind what is. */
const added = (fresh: readonly RequestRecord[], loaded: readonly RequestRecord[]): RequestRecord[] => {
  const known = new Set(loaded.map(({ id }) => id))
  return fresh.filter((row) => !known.has(row.id) && isWithin(row, loaded))
}

const isNewer = (one: RequestRecord, other: RequestRecord): boolean =>
  one.at === other.at ? one.id > other.id : one.at > other.at

/** Behind the last loaded one stand those that are still to be loaded. */
const isWithin = (row: RequestRecord, rows: readonly RequestRecord[]): boolean => {
  const last = rows.at(-1)
  return last === undefined || isNewer(row, last)
}

/** Nothing of the newest page is loaded yet, so there may be others between. */
const isApart = (loaded: readonly RequestRecord[], fresh: readonly RequestRecord[]): boolean => {
  const [first, oldest] = [loaded[0], fresh.at(-1)]
  return first !== undefined && oldest !== undefined && fresh.length >= NEWEST_ROWS && isNewer(oldest, first)
}
