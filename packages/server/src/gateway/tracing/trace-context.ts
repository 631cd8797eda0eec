import type { IncomingHttpHeaders } from 'node:http'

/** Where a span stands: in which trace, below which span, and what vendors say of it. */
export type TraceContext = {
  traceId: string
  spanId: string
  parentSpanId: string | null
  state: string | null
}

/** What a caller says of its trace. */
export type CallerContext = { traceId: string; spanId: string; isSampled: boolean; state: string | null }

/** W3C Trace Context: version, trace id, parent id, flags; a version to come may say more behind them. */
const traceparent = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const LONGEST_STATE = 512

/** The trace of the caller; null when it has none, or one that does not follow the rules. */
export const callerContextOf = ({ traceparent: header, tracestate }: IncomingHttpHeaders): CallerContext | null => {
  if (typeof header !== 'string') return null
  const [, version, traceId, spanId, flags, more] = traceparent.exec(header.trim()) ?? []
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return null
  if (/^0+$/.test(traceId!) || /^0+$/.test(spanId!)) return null
  const isSampled = (Number.parseInt(flags!, 16) & 1) === 1
  const state = tracestateOf(tracestate)
  return { traceId: traceId!, spanId: spanId!, isSampled, state }
}

/** Sent twice it is one list; one that is too long is left out rather than cut inside of an entry. */
const tracestateOf = (given: string | string[] | undefined): string | null => {
  const text = Array.isArray(given) ? given.join(',') : given
  return text === undefined || text === '' || text.length > LONGEST_STATE ? null : text
}

/** The headers that tell the next one where its spans belong. */
export const contextHeaders = ({ traceId, spanId, state }: Omit<TraceContext, 'parentSpanId'>) => ({
  traceparent: `00-${traceId}-${spanId}-01`,
  ...(state === null ? undefined : { tracestate: state }),
})
