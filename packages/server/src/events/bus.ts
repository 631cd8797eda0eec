import { timestamp, type LiveEvent } from '@assay/core'

const KEPT = 1_000

/** A notice with its place in the order of its workspace's notices. */
export type NumberedEvent = { number: number; event: LiveEvent }

/** Live notices within this process: who publishes does not know who listens. */
export type Events = {
  publish(workspaceId: string, event: Omit<LiveEvent, 'at' | 'counters'> & { counters?: Record<string, number> }): void
  /** Calls `listen` for each notice of the workspace from now on; answers how to stop. */
  subscribe(workspaceId: string, listen: (numbered: NumberedEvent) => void): () => void
  /** What came after the given notice; null when the start of that is no longer kept. */
  since(workspaceId: string, number: number): NumberedEvent[] | null
  /** The number of the newest notice of the workspace. */
  newest(workspaceId: string): number
}

type Channel = { newest: number; kept: NumberedEvent[]; listeners: Set<(numbered: NumberedEvent) => void> }

/**
 * The bus of one process. Numbers start at the time of its start in milliseconds, so that an id of an earlier process
 * is older than all it keeps and its reader is told to read afresh.
 */
export const createEvents = ({ now }: { now: () => number }): Events => {
  const channels = new Map<string, Channel>()
  const startedAt = now()

  const channelOf = (workspaceId: string): Channel => {
    const known = channels.get(workspaceId)
    if (known) return known
    const channel: Channel = { newest: startedAt, kept: [], listeners: new Set() }
    channels.set(workspaceId, channel)
    return channel
  }

  return {
    publish: (workspaceId, event) => {
      const channel = channelOf(workspaceId)
      const numbered = { number: ++channel.newest, event: { counters: {}, ...event, at: timestamp(now()) } }
      channel.kept.push(numbered)
      if (channel.kept.length > KEPT) channel.kept.shift()
      for (const listen of channel.listeners) listen(numbered)
    },
    subscribe: (workspaceId, listen) => {
      const { listeners } = channelOf(workspaceId)
      listeners.add(listen)
      return () => void listeners.delete(listen)
    },
    since: (workspaceId, number) => {
      const { kept, newest } = channelOf(workspaceId)
      if (number === newest) return []
      const oldest = kept[0]?.number ?? newest + 1
      return number > newest || number < oldest - 1 ? null : kept.filter((numbered) => numbered.number > number)
    },
    newest: (workspaceId) => channelOf(workspaceId).newest,
  }
}
