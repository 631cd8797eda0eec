import {
  AssayError,
  EndpointConfig,
  endpointVars,
  isAssayError,
  readAnswerPath,
  renderEndpoint,
  valueAtPath,
  type EndpointRequest,
  type PlannedCase,
  type Sandbox,
} from '@assay/core'
import { EgressError, type Egress } from '@assay/providers'
import type { Mask } from './mask.ts'
import { readReply, replyAnswer } from './provider-reply.ts'
import type { Again } from './run-options.ts'
import type { Target, TargetAnswer, Turn } from './target.ts'

/** What an address answered, as it came. */
export type EndpointReply = { status: number; headers: Record<string, string>; text: string; latencyMs: number }

/** The way to an address: the egress, or what was recorded of it. */
export type AskEndpoint = (
  request: EndpointRequest,
  options: { signal: AbortSignal; timeoutMs: number; planned: PlannedCase },
) => Promise<EndpointReply & { isReplayed?: boolean }>

/** What an address is asked with. */
export type EndpointTools = {
  ask: AskEndpoint
  sandbox: Sandbox
  again: Again
  mask: Mask
  onError: (error: unknown) => void
}

const MAX_ANSWER_BYTES = 16 * 1_048_576
const MAX_TOLD = 300

/** An address of the user's own: the body of its configuration goes out, and the answer is taken from what comes. */
export const endpointTarget = (tools: EndpointTools): Target => ({
  async answer(turn) {
    try {
      return await answerOf(turn, tools)
    } catch (error) {
      const told = masked(error, tools.mask)
      tools.onError(told)
      throw told
    }
  },
})

const answerOf = async (
  { planned, messages, signal }: Turn,
  { ask, sandbox, again }: EndpointTools,
): Promise<TargetAnswer> => {
  const config = EndpointConfig.parse(planned.parameters)
  const vars = endpointVars(planned.vars, messages)
  const request = await requestOf(planned, config, { vars, sandbox })
  const checked = again(async (wanted: EndpointRequest, options: { signal: AbortSignal }) => {
    const reply = await ask(wanted, { ...options, timeoutMs: planned.limits.timeoutMs, planned })
    await checkStatus(reply, wanted, { config, sandbox })
    return reply
  })
  const reply = await checked(request, { signal })
  const read = readReply(await answerIn(reply, request, { config, sandbox }))
  if (read.error !== null) throw failed(request, { reason: read.error, providerStatus: reply.status })
  const { latencyMs, isReplayed, status } = reply
  return { ...replyAnswer(read, { latencyMs, isCached: isReplayed ?? false }), httpStatus: status }
}

/** An error whose texts may hold what was sent, without what must not be read. */
const masked = (error: unknown, mask: Mask): unknown => {
  const options = error instanceof Error ? { cause: error.cause } : {}
  if (isAssayError(error, 'suite.endpoint_failed')) {
    const { url, reason } = error.details
    return new AssayError(error.code, { ...error.details, url: mask(url), reason: mask(reason) }, options)
  }
  if (!isAssayError(error, 'suite.endpoint_answer')) return error
  return new AssayError(error.code, { ...error.details, url: mask(error.details.url) }, options)
}

/** The way through the egress; what the network does wrong is told with the address. */
export const createAskEndpoint =
  ({ egress, now }: { egress: Egress; now: () => number }): AskEndpoint =>
  async (request, { signal, timeoutMs }) => {
    const startedAt = now()
    try {
      const answer = await egress.send({
        ...request,
        signal,
        firstByteTimeoutMs: timeoutMs,
        idleTimeoutMs: timeoutMs,
        maxBytes: MAX_ANSWER_BYTES,
      })
      const text = await answer.text()
      const headers = Object.fromEntries(
        Object.entries(answer.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
      )
      return { status: answer.status, headers, text, latencyMs: Math.round(now() - startedAt) }
    } catch (error) {
      if (isAssayError(error) || !(error instanceof EgressError)) throw error
      const isUnreachable = error.fault === 'unreachable'
      throw failed(request, { reason: error.message, ...(isUnreachable && { isUnreachable }) }, error)
    }
  }

const requestOf = async (
  planned: PlannedCase,
  config: EndpointConfig,
  { vars, sandbox }: { vars: Record<string, unknown>; sandbox: Sandbox },
): Promise<EndpointRequest> => {
  const model = { id: planned.modelId, config }
  if (config.transformRequest === undefined) return renderEndpoint(model, vars, planned.title)
  const { prompt } = vars
  const made = await run(sandbox, config.transformRequest, {
    names: 'prompt, vars',
    output: { prompt, vars },
    script: 'transformRequest',
  })
  const isMerged = typeof made === 'object' && made !== null && !Array.isArray(made)
  const body = isMerged ? { ...asObject(config.body), ...made } : config.body
  return renderEndpoint({ ...model, config: { ...config, body } }, { ...vars, prompt: made }, planned.title)
}

const asObject = (body: unknown): object => (typeof body === 'object' && body !== null ? body : {})

const checkStatus = async (
  { status, headers, text }: EndpointReply,
  request: EndpointRequest,
  { config, sandbox }: { config: EndpointConfig; sandbox: Sandbox },
): Promise<void> => {
  const { validateStatus } = config
  const isGood =
    validateStatus === undefined
      ? status >= 200 && status < 300
      : validateStatus.trim() === 'true' ||
        (await run(sandbox, validateStatus, { names: 'status', output: { status }, script: 'validateStatus' })) === true
  if (isGood) return
  const seconds = headers['retry-after'] ?? ''
  const where = headers['location'] === undefined ? '' : `, to ${headers['location']}; redirects are not followed`
  const said = text.trim() === '' ? '' : `: ${text.trim().slice(0, MAX_TOLD)}`
  throw failed(request, {
    reason: `HTTP ${status}${where}${said}`,
    providerStatus: status,
    ...(/^\d{1,6}(\.\d+)?$/.test(seconds) && { retryAfterMs: Math.ceil(Number(seconds) * 1_000) }),
  })
}

/** What of an answer is the answer: the whole of it, what stands at a path, or what a script makes of it. */
const answerIn = async (
  { status, headers, text }: EndpointReply,
  { url }: EndpointRequest,
  { config: { transformResponse: wanted }, sandbox }: { config: EndpointConfig; sandbox: Sandbox },
): Promise<unknown> => {
  const json = parsed(text)
  if (wanted === undefined || wanted.trim() === '') return json ?? text
  const path = readAnswerPath(wanted)
  if (path) {
    const found = valueAtPath(path, { json, text })
    if ('value' in found && found.value !== null) return found.value
    const reason = 'problem' in found ? found.problem : 'it is null'
    throw new AssayError('suite.endpoint_answer', { url, path: wanted.trim(), reason })
  }
  return run(sandbox, wanted, {
    names: 'json, text, context',
    output: { json: json ?? null, text, context: { response: { status, headers, data: json ?? text } } },
    script: 'transformResponse',
  })
}

/** Runs a function, an expression or a body that sees the members of `output` by their names. */
const run = async (
  sandbox: Sandbox,
  written: string,
  { names, output, script }: { names: string; output: Record<string, unknown>; script: string },
): Promise<unknown> => {
  const code = written.trim().replace(/;+$/, '')
  const isFunction = /^(?:async\s+)?(?:function\b|\([^()]*\)\s*=>|[\w$]+\s*=>)/.test(code)
  const isBody = !isFunction && /\breturn\b/.test(code)
  const body = isBody ? code : `return (${code}\n)${isFunction ? `(${names})` : ''}`
  // Its own function: what it declares may have the names of ours.
  const outcome = await sandbox.javascript({
    code: `return (({ ${names} }) => {\n${body}\n})(output)`,
    output,
    context: {},
  })
  if ('thrown' in outcome) throw new AssayError('suite.script_failed', { script, reason: outcome.thrown })
  if (outcome.json === undefined) throw new AssayError('suite.script_failed', { script, reason: 'it returned nothing' })
  return JSON.parse(outcome.json)
}

const failed = (
  { method, url }: EndpointRequest,
  why: { reason: string; providerStatus?: number; retryAfterMs?: number; isUnreachable?: boolean },
  cause?: unknown,
): AssayError => new AssayError('suite.endpoint_failed', { method, url, ...why }, { cause })

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
