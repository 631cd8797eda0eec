import {
  AssayError,
  isAssayError,
  type AssertionSpec,
  type ChatRequest,
  type Complete,
  type Completion,
  type Judge,
  type JudgeSpec,
} from '@assay/core'
import { embeddingOf } from '@assay/providers'
import { z } from 'zod'
import type { StoredJudgement } from '../journal.ts'
import { askJudge, judgeError } from './ask.ts'
import { judgementKey, remembered, type JudgeLedger } from './calls.ts'
import type { SharedVerdicts } from './shared-verdicts.ts'

/** The models that judge where a suite names none, and what they said before. */
export type JudgeDefaults = {
  model: string | null
  embedding: string | null
  /** What judges said in an earlier part of the run, or in the one whose answers are scored anew. */
  known?: ReadonlyMap<string, StoredJudgement> | undefined
  /** Embeddings are written down too, because no cache keeps them. */
  keepsVectors?: boolean | undefined
}

/** What judges of one case are asked through. */
export type PanelTools = {
  defaults: JudgeDefaults
  /** The way to a model: its line, its retries and the cache; `slot` tells repeats of the same question apart. */
  completeOf: (model: string, slot: string) => Complete
  /** Models that refuse fields of our requests, so that each is refused once. */
  plain: Set<string>
  /** What was said of answers that are compared: one verdict holds for all of them. */
  shared?: SharedVerdicts | undefined
  /** Which repeat of the case is judged. */
  repeat: number
  timeoutMs: number
  signal: AbortSignal
}

/** Gives each assertion its judge. */
export type Panel = { judgeFor(spec: AssertionSpec, given: { vote: number; ledger: JudgeLedger }): Judge }

const MOST_OUTPUT_TOKENS = 4_096
const nothingKnown: ReadonlyMap<string, StoredJudgement> = new Map()

/** The judges of one case. A call has its own time, beside that of the case. */
export const createPanel = (tools: PanelTools): Panel => ({
  judgeFor: (spec, { vote, ledger }) => {
    const { text, embedding } = modelsOf(spec, tools.defaults)
    const ask = (request: ChatRequest, { slot, fields = {} }: { slot: string; fields?: Partial<ChatRequest> }) => {
      const next = tools.completeOf(request.model, slot)
      const send = (given: ChatRequest) =>
        timed((signal) => next(given, { signal }), { ...tools, model: request.model })
      return remembered(request, {
        ledger,
        slot,
        known: tools.defaults.known ?? nothingKnown,
        keepsVectors: tools.defaults.keepsVectors,
        call: () => {
          const call = () => tolerant(request, { fields, send, plain: tools.plain })
          const isShared = tools.shared && spec.type.endsWith('select-best')
          return isShared ? tools.shared!.once(judgementKey(request, slot), call) : call()
        },
      })
    }
    return {
      ask: (question) => {
        const { id, config } = named(text, 'no judge is named, and no key of one is at hand')
        const slot = `judge ${tools.repeat}.${vote}`
        const fields = formatOf(question.wanted ?? question.reply)
        const say = async (messages: ChatRequest['messages']): Promise<string> =>
          (await ask({ model: id, messages, ...config }, { slot, fields })).text
        return askJudge(question, { model: id, say })
      },
      embed: async (words) => {
        const { id, config } = named(embedding, 'no model for embeddings is named, and no key of one is at hand')
        const { embeddings } = await ask({ ...embeddingOf(id, words), ...config }, { slot: 'embedding' })
        const [vector] = embeddings ?? []
        if (vector && vector.length > 0) return vector
        throw new AssayError('assertion.judge_unreadable', { model: id, reason: 'it gave no embedding' })
      },
    }
  },
})

type Named = { id: string; config: Record<string, unknown> }

/** The model that judges by texts and the one that gives embeddings: the assertion's own, else those at hand. */
export const modelsOf = (
  { type, provider }: Pick<AssertionSpec, 'type' | 'provider'>,
  { model, embedding }: Pick<JudgeDefaults, 'model' | 'embedding'>,
): { text: Named | null; embedding: Named | null } => {
  const isPair = typeof provider === 'object' && !('id' in provider)
  const alone = isPair ? undefined : namedIn(provider)
  const text = namedIn(isPair ? provider.text : provider) ?? namedIn(model)
  const isByEmbeddings = /^(?:not-)?similar(?::|$)/.test(type)
  const simulated = text?.id.startsWith('sim/') || text?.id.startsWith('sim:') ? 'sim/embed' : null
  const own = isByEmbeddings ? alone : undefined
  return {
    text,
    embedding: (isPair ? namedIn(provider.embedding) : own) ?? namedIn(embedding) ?? namedIn(simulated),
  }
}

const namedIn = (given: JudgeSpec | null | undefined): Named | null => {
  if (given === null || given === undefined) return null
  if (typeof given === 'string') return { id: given, config: {} }
  return 'id' in given ? given : null
}

const named = (model: Named | null, reason: string): Named => {
  if (model) return model
  throw new AssayError('assertion.judge_unavailable', { model: '(none)', reason })
}

/** What makes a model answer in the shape that is wanted, and always the same. */
const formatOf = (wanted: z.ZodType): Partial<ChatRequest> => {
  const { $schema: _, ...schema } = z.toJSONSchema(wanted, { io: 'input' })
  return {
    temperature: 0,
    max_tokens: MOST_OUTPUT_TOKENS,
    response_format: { type: 'json_schema', json_schema: { name: 'verdict', strict: true, schema } },
  }
}

/** Not every server knows a schema for answers, nor every model a temperature: what refuses them is asked without. */
const tolerant = async (
  request: ChatRequest,
  {
    fields,
    send,
    plain,
  }: { fields: Partial<ChatRequest>; send: (request: ChatRequest) => Promise<Completion>; plain: Set<string> },
): Promise<Completion> => {
  if (plain.has(request.model)) return send(request)
  try {
    return await send({ ...fields, ...request })
  } catch (error) {
    if (Object.keys(fields).length === 0 || !isRefusedField(error)) throw error
    const completion = await send(request)
    plain.add(request.model)
    return completion
  }
}

const isRefusedField = (error: unknown): boolean => {
  const cause = isAssayError(error, 'assertion.judge_unavailable') ? error.cause : null
  if (!isAssayError(cause)) return false
  const { providerStatus } = cause.details as { providerStatus?: number }
  return providerStatus === 400 || providerStatus === 422 || cause.code === 'gateway.untranslatable'
}

/** A call with a time of its own; whatever goes wrong with it leaves the assertion unscored, unless the run ended. */
const timed = async (
  call: (signal: AbortSignal) => Promise<Completion>,
  { model, timeoutMs, signal }: { model: string; timeoutMs: number; signal: AbortSignal },
): Promise<Completion> => {
  const controller = new AbortController()
  const stop = () => controller.abort(signal.reason)
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    controller.abort()
  }, timeoutMs)
  signal.addEventListener('abort', stop, { once: true })
  try {
    if (signal.aborted) stop()
    return await call(controller.signal)
  } catch (error) {
    if (signal.aborted) throw error
    throw judgeError(isLate ? new Error(`no answer within ${timeoutMs} ms`) : error, model)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}
