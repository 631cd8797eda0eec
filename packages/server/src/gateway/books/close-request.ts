import { AssayError, redact, type Attempt, type KeptAnswer } from '@assay/core'
import { captureFailure } from './capture.ts'
import type { ChatJob } from '../chat/chat-job.ts'
import { answerOfFault, faultOf, type Fault } from '../attempt/fault.ts'
import type { Outlet } from '../entry/outlet.ts'
import { contentOf } from '../tracing/content.ts'
import type { Trace } from '../tracing/trace.ts'

/** A failure that the caller has seen nothing of, because another candidate answered. */
export type AbsorbedFault = { fault: Fault; attempt: Attempt }

/** How a request ends: what is booked, and what is sent when that is on the disk. */
export type Ending = {
  status: 'completed' | 'failed' | 'cancelled'
  httpStatus: number | null
  fault?: Fault
  /** What was answered, as far as it came. */
  output: () => string
  /** The same with tools and thinking, where bodies are kept; left out: the text alone. */
  answer?: () => Pick<KeptAnswer, 'text' | 'reasoningText' | 'toolCalls'> | null
  absorbed: readonly AbsorbedFault[]
  send: (outlet: Outlet) => void
}

/** The row is on the disk before the last byte leaves; whatever comes after that is told afterwards. */
export const closeRequest = async (job: ChatJob, ending: Ending, onDurable: () => void): Promise<void> => {
  const { record, parts, outlet, startedAt } = job
  record.status = ending.status
  record.httpStatus = ending.httpStatus
  record.errorCode = ending.fault?.error.code ?? null
  record.errorMessage =
    ending.fault && job.retention !== 'none' ? redact(ending.fault.error.message).value.slice(0, 2_000) : null
  record.latencyMs = parts.now() - startedAt
  job.reservation?.settle(record)
  const isKept = await appendRequest(job, 'close')
  onDurable()
  if (!outlet.isClosed) sendEnding(job, isKept ? ending : unkept(job, ending))
  parts.metrics.closed(record)
  parts.onClosed?.(record)
  if (job.trace) closeTrace(job, job.trace, ending)
  captureEnding(job, ending)
  keepBody(job, ending)
}

/** Words are told where the operator asks for them and the request does not forbid it. */
const closeTrace = ({ record, input: { request }, retention }: ChatJob, trace: Trace, ending: Ending): void => {
  if (!trace.showsContent || retention === 'none') return trace.close({ record, request, content: null })
  setImmediate(() => {
    const answer = ending.answer?.() ?? { text: ending.output(), reasoningText: '', toolCalls: [] }
    const content = contentOf(request, ending.status === 'failed' ? null : answer)
    trace.close({ record, request, content })
  })
}

/** The same for a request that broke, of which nothing more is to be said. */
export const closeBroken = async (job: ChatJob, error: AssayError): Promise<void> => {
  const { record, parts, startedAt } = job
  record.status = 'failed'
  record.httpStatus = error.status
  record.errorCode = error.code
  record.errorMessage = error.message
  record.latencyMs = parts.now() - startedAt
  job.reservation?.settle(record)
  job.trace?.close({ record, request: job.input.request, content: null })
  try {
    await appendRequest(job, 'close')
  } catch {
    // Neither the spool nor the log is left to tell.
  }
}

/** A record that cannot be kept is counted, and the caller is served all the same. */
export const appendRequest = async (
  { parts, record, reservation }: Pick<ChatJob, 'parts' | 'record' | 'reservation'>,
  kind: 'open' | 'close',
): Promise<boolean> => {
  try {
    const holds = reservation?.holds ?? []
    await parts.spool.append({ kind, request: record, ...(holds.length > 0 ? { holds } : undefined) })
    return true
  } catch (error) {
    parts.metrics.dropped(kind)
    parts.log.error({ requestId: record.id, error }, `the ${kind} record of a request could not be kept`)
    return false
  }
}

/** An answer that is in no log is none for a key that wants it so; what has begun goes on. */
const unkept = ({ holder, outlet, record, caller, parts }: ChatJob, ending: Ending): Ending => {
  if (holder.onFullDisk !== 'shed' || outlet.hasBegun) return ending
  parts.metrics.shed?.('disk')
  const fault = faultOf(new AssayError('gateway.shed', { reason: 'its record could not be kept' }))
  const { status, body } = answerOfFault(fault, record.id, caller?.dialect)
  return { ...ending, send: () => outlet.refuse({ status, body }) }
}

/** An answer that cannot be sent leaves a caller who would otherwise wait for ever. */
const sendEnding = ({ outlet, parts, record }: ChatJob, ending: Ending): void => {
  try {
    ending.send(outlet)
  } catch (error) {
    parts.log.error({ requestId: record.id, error }, 'an answer could not be sent')
    outlet.destroy()
  }
}

/** Question and answer where they are to be kept; what cannot be kept is counted. */
const keepBody = (job: ChatJob, { output, answer }: Ending): void => {
  const { parts, record, retention } = job
  if (retention !== 'full' || !parts.bodies) return
  const { bodies } = parts
  setImmediate(() => {
    const { text, reasoningText, toolCalls } = answer?.() ?? { text: output(), reasoningText: '', toolCalls: [] }
    bodies.keep(job, { text, reasoningText, toolCalls, finishReason: record.finishReason }).catch((error: unknown) => {
      parts.metrics.dropped('body')
      parts.log.warn({ requestId: record.id, error }, 'the body of a request could not be kept')
    })
  })
}

/** After the last byte: at most one failure of a request, what broke before what broke unseen. */
const captureEnding = (job: ChatJob, { status, fault, output, absorbed }: Ending): void => {
  const { parts, record, input, retention } = job
  if (retention === 'none') return
  const unseen = absorbed.find(({ fault: { error } }) => isProviders(error))
  const seen = status !== 'cancelled' && fault && isProviders(fault.error) ? fault : null
  const mayBreakSchema = status === 'completed' && Boolean(input.request.response_format)
  if (!seen && !unseen && !mayBreakSchema) return
  // A request for embeddings is no conversation that a test could have again.
  const request = record.operationName === 'embeddings' ? null : input.request
  const ended = { record, request, requestBytes: input.bytes.length, fault: seen, output, mayBreakSchema }
  setImmediate(() => void captureFailure(parts, { ...ended, ...(unseen ? { unseen } : undefined) }))
}

/** Neither the provider nor the way to it failed where we refused, gave up by a limit of ours, or lacked a key. */
const isProviders = ({ code }: AssayError): boolean => faultsOfProviders.has(code)

const faultsOfProviders: ReadonlySet<string> = new Set([
  'gateway.provider_failed',
  'gateway.provider_unreachable',
  'gateway.timeout',
])
