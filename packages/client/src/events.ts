import type { LiveEvent, Topic } from '@assay/core'
import { type ClientError, errorOfAnswer } from './client-error.ts'
import { createFrameReader } from './event-frames.ts'

/** What happens to the stream itself; nothing is missed between `lost` and `connected` unless a `reset` event comes. */
export type StreamState = 'connected' | 'lost' | 'refused'

export type EventsOptions = {
  topics: readonly Topic[]
  signal?: AbortSignal
  onState?: (state: StreamState, error?: unknown) => void
  /** How long to wait before try number `attempt`, counted from 1. */
  backOffMs?: (attempt: number) => number
}

/**
 * Live events until the signal ends them. A stream that breaks is taken up again after the last event that was seen;
 * one the server refuses for good (no sign-in, no right) throws.
 */
export type Events = (options: EventsOptions) => AsyncIterable<LiveEvent>

export const followEvents = ({ send, base, headers }: Connection): Events =>
  async function* events({ topics, signal, onState, backOffMs = doubling }) {
    const url = `${base}/api/v1/events?topics=${topics.join(',')}`
    let lastId: string | null = null
    let attempt = 0
    for (;;) {
      if (signal?.aborted) return
      try {
        const resume: Record<string, string> = lastId === null ? {} : { 'last-event-id': lastId }
        const accept = { accept: 'text/event-stream', ...headers, ...resume }
        const response = await send(url, { headers: accept, ...(signal ? { signal } : {}) })
        if (!response.ok) throw await errorOfAnswer(response)
        onState?.('connected')
        for await (const { id, data } of framesOf(response)) {
          attempt = 0
          if (id !== null) lastId = id
          const event = eventIn(data)
          if (event) yield event
        }
        onState?.('lost')
      } catch (error) {
        if (signal?.aborted) return
        if (isFinal(error)) {
          onState?.('refused', error)
          throw error
        }
        onState?.('lost', error)
      }
      attempt += 1
      await wait(backOffMs(attempt), signal)
    }
  }

type Connection = { send: typeof globalThis.fetch; base: string; headers: Record<string, string> }

const LONGEST_WAIT_MS = 30_000

/** 1, 2, 4 … 30 s, each up to a fifth shorter so that the pages of one server do not come back as one. */
const doubling = (attempt: number): number =>
  Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** (attempt - 1)) * (1 - Math.random() / 5)

/** Trying again cannot help; 429 is not among them, because places on the stream become free. */
const isFinal = (error: unknown): boolean => [400, 401, 403, 404].includes((error as Partial<ClientError>).status ?? 0)

const framesOf = async function* (response: Response) {
  if (!response.body) return
  const read = createFrameReader()
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield* read(value)
    }
  } finally {
    // The caller left the loop: without this the connection stays open behind it.
    await reader.cancel().catch(() => {})
  }
}

const eventIn = (data: string): LiveEvent | null => {
  try {
    const event = JSON.parse(data) as Partial<LiveEvent>
    return typeof event.type === 'string' ? (event as LiveEvent) : null
  } catch {
    return null
  }
}

const wait = (milliseconds: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    signal?.addEventListener('abort', done)
  })
