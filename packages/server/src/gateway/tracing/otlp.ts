import { isAssayError, SECOND_MS, type Log, type Secret } from '@assay/core'
import type { Egress } from '@assay/providers'
import { otlpAttributes, type Attributes } from './attributes.ts'
import { spansOf } from './spans.ts'
import type { FinishedTrace } from './trace.ts'

/** Takes what has ended and brings it to a collector, later and in batches; whoever pushes never waits. */
export type TraceExporter = {
  push(trace: FinishedTrace): void
  /** Sends what is left, for so long at most. */
  close(): Promise<void>
}

export type OtlpOptions = {
  egress: Pick<Egress, 'send'>
  /** Where `POST` of OTLP's JSON is taken. */
  url: string
  headers: Readonly<Record<string, Secret>>
  resource: Attributes
  scope: { name: string; version: string }
  /** Counts spans that were not brought there. */
  onDropped: (spans: number) => void
  log: Log
  mostQueued?: number
  mostInBatch?: number
  everyMs?: number
  timeoutMs?: number
  closeWithinMs?: number
  /** How long to wait before each further try. */
  pausesMs?: readonly number[]
}

type Outcome = 'sent' | 'again' | 'refused'

/** OTLP over HTTP: what came first goes first, a collector that is away is tried again, and a full queue drops the newest. */
export const createOtlpExporter = (options: OtlpOptions): TraceExporter => {
  const { url, log, mostQueued = 2_048, mostInBatch = 256, everyMs = 5 * SECOND_MS } = options
  const { pausesMs = [1_000, 2_000, 4_000, 8_000], closeWithinMs = 5 * SECOND_MS, onDropped } = options
  const queue: FinishedTrace[] = []
  let timer: NodeJS.Timeout | null = null
  let sending: Promise<void> | null = null
  let isFailing = false
  const closing = new AbortController()

  const plan = (delayMs: number): void => {
    if (timer || sending || closing.signal.aborted) return
    timer = setTimeout(() => {
      timer = null
      start()
    }, delayMs).unref()
  }

  const start = (): void => {
    sending ??= drain().finally(() => {
      sending = null
      if (queue.length > 0) plan(everyMs)
    })
  }

  const drain = async (): Promise<void> => {
    for (let round = Math.ceil(queue.length / mostInBatch); round > 0 && queue.length > 0; round--) {
      await sendBatch(queue.splice(0, mostInBatch))
    }
  }

  const sendBatch = async (batch: readonly FinishedTrace[]): Promise<void> => {
    const spans = batch.flatMap(spansOf)
    const body = JSON.stringify(envelope(options, spans))
    for (let tries = 0; ; tries++) {
      const { outcome, reason, dropped = 0 } = await post(options, body, closing.signal)
      if (outcome === 'sent') {
        if (isFailing) log.info({ url }, 'spans reach the collector again')
        isFailing = false
        if (dropped > 0) {
          onDropped(dropped)
          log.warn({ url, dropped, reason }, 'the collector did not take all spans')
        }
        return
      }
      if (!isFailing) log.warn({ url, reason }, 'spans do not reach the collector')
      isFailing = true
      const pauseMs = pausesMs[tries]
      if (outcome === 'refused' || pauseMs === undefined || closing.signal.aborted) return onDropped(spans.length)
      await pause(pauseMs, closing.signal)
    }
  }

  return {
    push: (trace) => {
      if (queue.length >= mostQueued || closing.signal.aborted) return onDropped(sizeOf(trace))
      queue.push(trace)
      if (queue.length >= mostInBatch && !sending) {
        if (timer) clearTimeout(timer)
        timer = null
        plan(0)
      } else plan(everyMs)
    },
    close: async () => {
      if (timer) clearTimeout(timer)
      timer = null
      const deadline = setTimeout(() => closing.abort(), closeWithinMs)
      while (queue.length > 0 && !closing.signal.aborted) {
        start()
        await sending
      }
      await sending
      clearTimeout(deadline)
      closing.abort()
      onDropped(queue.splice(0).reduce((sum, trace) => sum + sizeOf(trace), 0))
    },
  }
}

/** How many spans a trace makes. */
const sizeOf = ({ calls, end }: FinishedTrace): number => 1 + ('record' in end ? calls.length : 0)

const envelope = ({ resource, scope }: OtlpOptions, spans: readonly object[]) => ({
  resourceSpans: [{ resource: { attributes: otlpAttributes(resource) }, scopeSpans: [{ scope, spans }] }],
})

/** What OTLP's specification calls worth another try. */
const transient: ReadonlySet<number> = new Set([408, 429, 502, 503, 504])

const post = async (
  { egress, url, headers, timeoutMs = 10 * SECOND_MS }: OtlpOptions,
  body: string,
  signal: AbortSignal,
): Promise<{ outcome: Outcome; reason: string; dropped?: number }> => {
  try {
    const answer = await egress.send({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', ...headers },
      body,
      firstByteTimeoutMs: timeoutMs,
      idleTimeoutMs: timeoutMs,
      maxBytes: 64 * 1024,
      signal,
    })
    const text = answer.mask(await answer.text())
    if (answer.status >= 300) {
      const reason = `HTTP ${answer.status}: ${text.slice(0, 200)}`
      return { outcome: transient.has(answer.status) ? 'again' : 'refused', reason }
    }
    return { outcome: 'sent', ...rejectedOf(text) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { outcome: isAssayError(error) ? 'refused' : 'again', reason }
  }
}

/** A collector may take a batch and leave some of it out. */
const rejectedOf = (text: string): { reason: string; dropped?: number } => {
  try {
    const { partialSuccess } = JSON.parse(text) as {
      partialSuccess?: { rejectedSpans?: string | number; errorMessage?: string }
    }
    const dropped = Number(partialSuccess?.rejectedSpans ?? 0)
    return { reason: partialSuccess?.errorMessage ?? '', ...(dropped > 0 ? { dropped } : undefined) }
  } catch {
    return { reason: '' }
  }
}

const pause = (delayMs: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, delayMs)
    signal.addEventListener('abort', done, { once: true })
    if (signal.aborted) done()
  })
