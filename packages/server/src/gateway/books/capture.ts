import {
  FailureReport,
  isAssayError,
  redact,
  redactReport,
  structuredOutputFailure,
  type AssayError,
  type Attempt,
  type CapturedFailure,
  type ChatRequest,
  type RequestRecord,
} from '@assay/core'
import type { Fault } from '../attempt/fault.ts'
import type { GatewayParts } from '../parts.ts'
import type { AbsorbedFault } from './close-request.ts'

const MAX_REQUEST_BYTES = 256 * 1024
const MAX_OUTPUT_CHARACTERS = 64 * 1024
/** What a report takes of a provider's code or type. */
const MAX_CODE_CHARACTERS = 200
const MAX_MODEL_CHARACTERS = 256

/** What is known of a request when its answer has been sent. */
export type Ended = {
  record: RequestRecord
  /** Null for one that no test could ask again. */
  request: ChatRequest | null
  requestBytes: number
  /** How it failed; null when it was answered. */
  fault: Fault | null
  /** A failed attempt that the caller has seen nothing of. */
  unseen?: AbsorbedFault
  mayBreakSchema: boolean
  /** What was answered, as far as it came. */
  output: () => string
}

/** Appends the failure of a request, if it is one, to the spool: at most one for each request, after its last byte. */
export const captureFailure = async (
  { spool, sandbox, wishes, log, metrics }: Pick<GatewayParts, 'spool' | 'sandbox' | 'wishes' | 'log' | 'metrics'>,
  ended: Ended,
): Promise<void> => {
  try {
    const report = await reportOf(ended, sandbox)
    if (!report) return
    const { workspaceId } = ended.record
    const wish = await wishes?.of(workspaceId)
    const { request: _request, output: _output, ...rest } = report
    const kept = wish?.bodies === 'off' ? rest : report
    // Before it touches the disk, not only before the database.
    await spool.append({ kind: 'failure', workspaceId, report: redactReport(kept, wish?.own).value })
  } catch (error) {
    metrics.dropped('failure')
    log.warn({ requestId: ended.record.id, error }, 'a failure could not be kept')
  }
}

/** What the caller saw fail counts before what nobody saw. */
const reportOf = async (ended: Ended, sandbox: GatewayParts['sandbox']): Promise<CapturedFailure | null> => {
  const { fault, unseen, mayBreakSchema, record } = ended
  if (fault) return faultReport(ended, { fault, status: record.httpStatus })
  const broken = mayBreakSchema ? await brokenSchema(ended, sandbox) : null
  if (broken || !unseen) return broken
  const isAbsorbed = record.status === 'completed'
  const report = faultReport({ ...ended, output: () => '' }, { ...unseen, status: unseen.attempt.status })
  return isAbsorbed ? { ...report, absorbed: true } : report
}

const faultReport = (
  ended: Ended,
  { fault, attempt, status: httpStatus }: { fault: Fault; attempt?: Attempt; status: number | null },
): FailureReport => {
  const { error, status, headers } = fault
  const { 'retry-after': retryAfter } = headers
  return FailureReport.parse({
    ...common(ended, attempt),
    name: nameOf(error),
    message: error.message,
    ...(httpStatus === null ? undefined : { httpStatus }),
    context: {
      ...contextOf(ended),
      // What `sim/fault` needs to play it again.
      ...(status === null
        ? undefined
        : {
            response: {
              status,
              ...(retryAfter === undefined ? undefined : { headers: { 'retry-after': retryAfter } }),
            },
          }),
    },
    ...(isAssayError(error, 'gateway.provider_failed')
      ? {
          providerCode: error.details.providerCode && fitting(error.details.providerCode, MAX_CODE_CHARACTERS),
          providerType: error.details.providerType && fitting(error.details.providerType, MAX_CODE_CHARACTERS),
        }
      : undefined),
  })
}

/** The answer's failure to fit the schema that the request asked for; null when it fits or asked for none. */
const brokenSchema = async (ended: Ended, sandbox: GatewayParts['sandbox']): Promise<FailureReport | null> => {
  const { request, record } = ended
  if (request === null) return null
  const format = request.response_format
  if (format?.type !== 'json_schema' && format?.type !== 'json_object') return null
  if (record.finishReason !== 'stop' && record.finishReason !== 'length') return null
  const text = ended.output()
  const problems = isJson(text) ? await schemaProblems(format, text, sandbox) : []
  if (problems === null) return null
  const { name, message, category } = structuredOutputFailure(request, text, problems)
  return FailureReport.parse({
    ...common(ended),
    context: contextOf(ended),
    name,
    message,
    category,
  })
}

/** How the answer breaks the schema; null when it does not. */
const schemaProblems = async (
  format: NonNullable<ChatRequest['response_format']>,
  text: string,
  sandbox: GatewayParts['sandbox'],
): Promise<string[] | null> => {
  const wrapper = format['json_schema']
  if (format.type !== 'json_schema' || typeof wrapper !== 'object' || wrapper === null || !('schema' in wrapper))
    return null
  const outcome = await sandbox.schema({ schema: wrapper.schema, texts: [text] })
  // A schema that is itself wrong is the caller's mistake, which the provider has already answered as it likes.
  const errors = 'problem' in outcome ? [] : outcome.errors.filter((error) => error !== null)
  return errors.length > 0 ? errors : null
}

const common = ({ record, request, requestBytes, output }: Ended, attempt = record.attempts.at(-1)) => {
  const said = output()
  const isAskable = request !== null && requestBytes <= MAX_REQUEST_BYTES
  const truncated = [
    ...(request !== null && !isAskable ? ['request'] : []),
    ...(said.length > MAX_OUTPUT_CHARACTERS ? ['output'] : []),
  ]
  const provider = attempt?.providerName ?? record.providerName
  return {
    ...(provider === null ? undefined : { provider }),
    // What was asked for, not what the provider calls it in its answer: that is what can be asked again.
    ...(attempt ? { model: attempt.model.slice(0, MAX_MODEL_CHARACTERS) } : undefined),
    requestId: record.id,
    at: record.at,
    ...(record.conversationId === null ? undefined : { conversationId: record.conversationId }),
    tags: Object.entries(record.tags).map(([name, value]) => `${name}=${value}`.slice(0, 64)),
    ...(isAskable ? { request } : undefined),
    ...(said === '' ? undefined : { output: fitting(said, MAX_OUTPUT_CHARACTERS) }),
    ...(truncated.length > 0 ? { truncated } : undefined),
  }
}

const contextOf = ({ record }: Ended) => ({ attempts: record.attempts.length, stream: record.stream })

const names: Record<string, string> = {
  'gateway.timeout': 'TimeoutError',
  'gateway.provider_unreachable': 'ConnectionError',
  'gateway.provider_failed': 'ProviderError',
}

const nameOf = ({ code }: AssayError): string => names[code] ?? 'ProviderError'

/** Redacted before it is cut, so that no half of a secret is left that nothing recognises. */
const fitting = (text: string, most: number): string => (text.length <= most ? text : redact(text).value.slice(0, most))

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
