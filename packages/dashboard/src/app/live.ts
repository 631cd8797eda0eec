import type { LiveEvent, Topic } from '@assay/core'
import { useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { client } from './server.ts'

/** How the pages learn of changes right now. */
export type LiveState = 'connecting' | 'connected' | 'polling'

const topics: readonly Topic[] = ['requests', 'failures', 'alerts', 'runs', 'jobs', 'keys']

/** The queries that an event of a topic makes old, by the first word of their keys. */
const touched: Record<Topic, readonly string[]> = {
  alerts: ['alerts'],
  requests: ['requests', 'value', 'cache', 'feedback'],
  failures: ['failures', 'tests'],
  runs: ['tests', 'runs', 'failures'],
  jobs: ['runs'],
  keys: ['credentials', 'gateway-keys', 'providers'],
}

/** Events of one burst are answered by one refresh. */
const GATHER_MS = 1_000
const POLL_MS = 10_000
/** A stream that comes back within this time was never away, as far as a person can tell. */
const PATIENCE_MS = 5_000

/**
 * Follows the live events while the pages are open and refreshes what they touch. While the stream is away everything
 * on the screen is asked for every ten seconds instead, and the state says so.
 */
export const useLiveUpdates = (): LiveState => {
  const queryClient = useQueryClient()
  const [state, setState] = useState<LiveState>('connecting')

  useEffect(() => {
    const stop = new AbortController()
    const refresher = createRefresher(queryClient)
    let patience = setTimeout(() => setState('polling'), PATIENCE_MS)
    const follow = async () => {
      const events = client.events({
        topics,
        signal: stop.signal,
        onState: (stream) => {
          clearTimeout(patience)
          if (stream === 'connected') setState('connected')
          else patience = setTimeout(() => setState('polling'), PATIENCE_MS)
        },
      })
      for await (const event of events) refresher.take(event)
    }
    follow().catch(() => {
      // Refused for good, as after signing out; the calls of the pages meet the same refusal and show it.
      if (!stop.signal.aborted) setState('polling')
    })
    return () => {
      clearTimeout(patience)
      stop.abort()
      refresher.stop()
    }
  }, [queryClient])

  useEffect(() => {
    if (state !== 'polling') return
    const timer = setInterval(
      () => void queryClient.invalidateQueries({ predicate: ({ meta }) => !meta?.['staysAsItIs'] }),
      POLL_MS,
    )
    return () => clearInterval(timer)
  }, [state, queryClient])

  return state
}

const createRefresher = (queryClient: QueryClient) => {
  const features = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | null = null
  const refresh = () => {
    timer = null
    for (const feature of features) void queryClient.invalidateQueries({ queryKey: [feature] })
    features.clear()
  }
  return {
    take: ({ type, topic }: LiveEvent) => {
      const names = type === 'reset' ? Object.values(touched).flat() : (touched[topic] ?? [])
      for (const name of names) features.add(name)
      timer ??= setTimeout(refresh, GATHER_MS)
    },
    stop: () => {
      if (timer !== null) clearTimeout(timer)
    },
  }
}
