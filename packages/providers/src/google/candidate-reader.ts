import { serviceTierOf, type FinishReason } from '@assay/core'
import { z } from 'zod'
import type { AnswerSink, AnswerUsage } from '../dialect/answer-sink.ts'
import type { AnswerReader } from '../dialect/dialect.ts'
import { translateRefusal } from '../dialect/refusal-types.ts'
import { refusalOf } from '../refusal.ts'
import { refusals } from './refusals.ts'

const count = z.number().nullish().catch(null)
const text = z.string().nullish().catch(null)

const WireUsage = z.looseObject({
  promptTokenCount: count,
  toolUsePromptTokenCount: count,
  cachedContentTokenCount: count,
  candidatesTokenCount: count,
  thoughtsTokenCount: count,
  serviceTier: text,
  trafficType: text,
})
type WireUsage = z.infer<typeof WireUsage>

const Part = z.looseObject({
  text,
  thought: z.boolean().nullish().catch(null),
  thoughtSignature: text,
  functionCall: z.looseObject({ id: text, name: text, args: z.unknown().optional() }).nullish().catch(null),
})
type Part = z.infer<typeof Part>

const Candidate = z.looseObject({
  index: count,
  content: z
    .looseObject({ parts: z.array(Part.catch({})).nullish().catch(null) })
    .nullish()
    .catch(null),
  finishReason: text,
  groundingMetadata: z
    .looseObject({ webSearchQueries: z.array(z.unknown()).nullish().catch(null) })
    .nullish()
    .catch(null),
})

/** A whole answer or one event of a stream: they have the same shape. */
const Answer = z.looseObject({
  candidates: z.array(Candidate).nullish().catch(null),
  promptFeedback: z.looseObject({ blockReason: text }).nullish().catch(null),
  usageMetadata: WireUsage.nullish().catch(null),
  modelVersion: text,
})

const finishReasons: Record<string, FinishReason> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content_filter',
  RECITATION: 'content_filter',
  BLOCKLIST: 'content_filter',
  PROHIBITED_CONTENT: 'content_filter',
  SPII: 'content_filter',
  IMAGE_SAFETY: 'content_filter',
  IMAGE_PROHIBITED_CONTENT: 'content_filter',
  IMAGE_RECITATION: 'content_filter',
}

/** Reads an answer of Gemini's `generateContent` or `streamGenerateContent`. */
export class CandidateReader implements AnswerReader {
  readonly #sink: AnswerSink
  #usage: WireUsage | null = null
  #finishReason: string | null = null
  #searchQueries = 0
  #isBlocked = false
  /** The newest signature of text; a call carries its own. */
  #signature: string | null = null

  constructor(sink: AnswerSink) {
    this.#sink = sink
  }

  read(json: unknown): void {
    for (const answer of Array.isArray(json) ? (json as unknown[]) : [json]) this.#take(answer)
  }

  readWhole(json: unknown): boolean {
    // Without `alt=sse` a stream is an array of answers.
    const answers: unknown[] = Array.isArray(json) ? json : [json]
    if (!answers.map((answer) => this.#take(answer)).includes(true)) return false
    this.#finishReason ??= 'STOP'
    this.end()
    return true
  }

  end(): void {
    // Nothing marks the end of a stream but its finish reason; one that ended without it was cut.
    if (this.#finishReason === null && !this.#isBlocked) return
    if (this.#signature !== null) this.#sink.extra({ google: { thought_signature: this.#signature } })
    this.#sink.finish(this.#ending(), this.#usage && usageOf(this.#usage, this.#searchQueries))
  }

  /** True when it was an answer or an error. */
  #take(json: unknown): boolean {
    const refusal = hasError(json) ? refusalOf(json) : null
    if (refusal) {
      this.#sink.fail(translateRefusal(refusal, refusals), this.#usage && usageOf(this.#usage, this.#searchQueries))
      return true
    }
    const parsed = Answer.safeParse(json)
    if (!parsed.success) return false
    const { candidates, promptFeedback, usageMetadata, modelVersion } = parsed.data
    if (modelVersion) this.#sink.model(modelVersion)
    this.#count(usageMetadata)
    if (promptFeedback?.blockReason) this.#isBlocked = true
    for (const candidate of candidates ?? []) {
      if ((candidate.index ?? 0) !== 0) continue
      for (const part of candidate.content?.parts ?? []) this.#part(part)
      this.#finishReason = candidate.finishReason || this.#finishReason
      // A later event repeats the searches of the earlier ones.
      this.#searchQueries = Math.max(this.#searchQueries, candidate.groundingMetadata?.webSearchQueries?.length ?? 0)
    }
    return Boolean(candidates) || this.#isBlocked
  }

  #part({ text: said, thought, thoughtSignature, functionCall: call }: Part): void {
    if (call) {
      const place = this.#sink.toolCall({
        id: call.id || null,
        name: call.name ?? '',
        ...(thoughtSignature ? { extra: { google: { thought_signature: thoughtSignature } } } : undefined),
      })
      this.#sink.toolArguments(place, JSON.stringify(call.args ?? {}))
      return
    }
    this.#signature = thoughtSignature || this.#signature
    if (thought) this.#sink.reasoning(said ?? '')
    else this.#sink.text(said ?? '')
  }

  #count(usage: WireUsage | null | undefined): void {
    if (!usage) return
    const given = Object.entries(usage).filter(([, value]) => value !== null && value !== undefined)
    this.#usage = { ...this.#usage, ...Object.fromEntries(given) }
  }

  #ending(): FinishReason {
    if (this.#isBlocked) return 'content_filter'
    const reason = finishReasons[this.#finishReason ?? ''] ?? 'other'
    const isPlain = reason === 'stop' || reason === 'other'
    return isPlain && this.#sink.toolCalls > 0 ? 'tool_calls' : reason
  }
}

const hasError = (json: unknown): boolean =>
  Array.isArray(json) ? hasError(json[0]) : typeof json === 'object' && json !== null && 'error' in json

/** Gemini counts thinking apart from the answer; everywhere else it is part of the output. */
const usageOf = (wire: WireUsage, searchQueries: number): AnswerUsage => {
  const thoughts = natural(wire.thoughtsTokenCount)
  const serviceTier = serviceTierOf(wire.serviceTier) ?? serviceTierOf(wire.trafficType)
  return {
    inputTokens: natural(wire.promptTokenCount) + natural(wire.toolUsePromptTokenCount),
    outputTokens: natural(wire.candidatesTokenCount) + thoughts,
    cacheReadInputTokens: natural(wire.cachedContentTokenCount),
    cacheWriteInputTokens: 0,
    reasoningOutputTokens: thoughts,
    ...(serviceTier === undefined ? undefined : { serviceTier }),
    ...(searchQueries === 0 ? undefined : { searchQueries }),
  }
}

const natural = (value: number | null | undefined): number => Math.max(0, Math.round(value ?? 0))
