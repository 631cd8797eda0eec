import { z } from 'zod'
import { CallPlaces } from '../compatible/call-places.ts'
import type { ExtraContent } from '../dialect/answer-sink.ts'
import type { CallerStream } from '../dialect/caller.ts'
import { mergeExtra, packCarried } from '../dialect/carried.ts'
import { modernised, Words } from '../dialect/said.ts'

const count = z.number().nullish().catch(null)
const text = z.string().nullish().catch(null)
const extra = z.record(z.string(), z.record(z.string(), z.unknown())).optional().catch(undefined)
const Said = z.preprocess(
  modernised,
  z.looseObject({
    content: Words,
    refusal: text,
    reasoning_content: text,
    reasoning: text,
    tool_calls: z
      .array(
        z.looseObject({
          index: z.int().min(0).max(511).nullish().catch(null),
          id: text,
          function: z.looseObject({ name: text, arguments: text }).nullish().catch(null),
          extra_content: extra,
        }),
      )
      .nullish()
      .catch(null),
    extra_content: extra,
  }),
)
type Said = z.infer<typeof Said>
const Usage = z.looseObject({
  prompt_tokens: count,
  completion_tokens: count,
  prompt_tokens_details: z.looseObject({ cached_tokens: count }).nullish().catch(null),
  completion_tokens_details: z.looseObject({ reasoning_tokens: count }).nullish().catch(null),
})
type Usage = z.infer<typeof Usage>
const Reply = z.looseObject({
  id: text,
  model: text,
  choices: z
    .array(
      z.looseObject({
        index: count,
        message: Said.nullish().catch(null),
        delta: Said.nullish().catch(null),
        finish_reason: text,
      }),
    )
    .nullish()
    .catch(null),
  usage: Usage.nullish().catch(null),
})

const finishReasons: Record<string, string> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  tool_calls: 'STOP',
  function_call: 'STOP',
  content_filter: 'SAFETY',
}

/** Gemini counts thinking apart from the answer. */
const usageOf = (usage: Usage) => {
  const prompt = usage.prompt_tokens ?? 0
  const output = usage.completion_tokens ?? 0
  const thoughts = Math.min(output, usage.completion_tokens_details?.reasoning_tokens ?? 0)
  const cached = usage.prompt_tokens_details?.cached_tokens ?? 0
  return {
    promptTokenCount: prompt,
    candidatesTokenCount: output - thoughts,
    totalTokenCount: prompt + output,
    ...(thoughts === 0 ? undefined : { thoughtsTokenCount: thoughts }),
    ...(cached === 0 ? undefined : { cachedContentTokenCount: cached }),
  }
}

type Options = {
  /** False: the caller has said that it does not want to see thinking. */
  showsThoughts: boolean
}

/** A whole chat completion as an answer of `generateContent`. */
export const encodeContent = (completion: unknown, options: Options): object => {
  const writer = new ContentWriter(options)
  const { choices, ...others } = Reply.parse(completion)
  const parts = writer.take({
    ...others,
    choices: (choices ?? []).map((choice) => ({ ...choice, delta: choice.message })),
  })
  const last = writer.last()
  return {
    ...last,
    candidates: (last.candidates ?? []).map((candidate) => ({
      ...candidate,
      content: { role: 'model', parts: [...(parts.get(candidate.index) ?? []), ...(candidate.content?.parts ?? [])] },
    })),
  }
}

type Part = Record<string, unknown>
type Call = { id: string; name: string; arguments: string; extra: ExtraContent | undefined }
type Candidate = {
  said: boolean
  finishReason: string | null
  /** Calls are told when they are whole. */
  calls: Call[]
  places: CallPlaces
  extra: ExtraContent | undefined
}
type Answer = {
  candidates?: { index: number; content?: { role: 'model'; parts: Part[] }; finishReason: string }[]
  promptFeedback?: object
  usageMetadata?: object
  modelVersion?: string
  responseId?: string
}

/** Writes chunks of chat completions as the events of `streamGenerateContent`. */
export class ContentWriter implements CallerStream {
  readonly #options: Options
  readonly #candidates = new Map<number, Candidate>()
  #usage: Usage | null = null
  #head: { modelVersion?: string; responseId?: string } = {}

  constructor(options: Options) {
    this.#options = options
  }

  push(chunk: unknown): string {
    const parsed = Reply.safeParse(chunk)
    if (!parsed.success) return ''
    const candidates = [...this.take(parsed.data)]
      .filter(([, parts]) => parts.length > 0)
      .map(([index, parts]) => ({ content: { role: 'model', parts }, index }))
    return candidates.length === 0 ? '' : event({ candidates, ...this.#head })
  }

  end(): string {
    return event(this.last())
  }

  /** What a chunk says, by the index of its choice; calls wait for the end. */
  take({ id, model, choices, usage }: z.infer<typeof Reply>): Map<number, Part[]> {
    if (usage) this.#usage = usage
    this.#head = {
      ...this.#head,
      ...(model ? { modelVersion: model } : undefined),
      ...(id ? { responseId: id.replace(/^chatcmpl-/, '') } : undefined),
    }
    const parts = new Map<number, Part[]>()
    for (const { index, delta, finish_reason: finishReason } of choices ?? []) {
      const candidate = this.#candidateAt(index ?? 0)
      candidate.finishReason = finishReason ?? candidate.finishReason
      if (delta) parts.set(index ?? 0, this.#say(delta, candidate))
    }
    return parts
  }

  /** The event that ends the stream: the calls, what must come back, the reasons to end and the usage. */
  last(): Answer {
    if (this.#candidates.size === 0) this.#candidateAt(0)
    const all = [...this.#candidates].sort(([a], [b]) => a - b)
    const isBlocked = all.every(([, { said, calls, finishReason }]) => {
      return !said && calls.length === 0 && finishReason === 'content_filter'
    })
    return {
      candidates: all.map(([index, candidate]) => ({
        index,
        content: { role: 'model', parts: endingOf(candidate) },
        finishReason: finishReasons[candidate.finishReason ?? ''] ?? 'STOP',
      })),
      ...(isBlocked ? { promptFeedback: { blockReason: 'OTHER' } } : undefined),
      ...(this.#usage ? { usageMetadata: usageOf(this.#usage) } : undefined),
      ...this.#head,
    }
  }

  #candidateAt(index: number): Candidate {
    const known = this.#candidates.get(index)
    if (known) return known
    const opened: Candidate = { said: false, finishReason: null, calls: [], places: new CallPlaces(), extra: undefined }
    this.#candidates.set(index, opened)
    return opened
  }

  #say(delta: Said, candidate: Candidate): Part[] {
    const words = (delta.content ?? '') + (delta.refusal ?? '')
    const thought = this.#options.showsThoughts ? (delta.reasoning_content ?? delta.reasoning ?? '') : ''
    const pieces = delta.tool_calls ?? []
    for (const [position, { index, id, function: called, extra_content: own }] of pieces.entries()) {
      const piece = { index: index ?? null, id: id || null, name: called?.name || null }
      const place = candidate.places.placeOf(piece, { position, pieces: pieces.length })
      const call = (candidate.calls[place] ??= { id: '', name: '', arguments: '', extra: undefined })
      call.id ||= id ?? ''
      call.name += called?.name ?? ''
      call.arguments += called?.arguments ?? ''
      call.extra = mergeExtra(call.extra, own)
    }
    candidate.extra = mergeExtra(candidate.extra, delta.extra_content)
    if (words !== '' || thought !== '') candidate.said = true
    return [...(thought === '' ? [] : [{ text: thought, thought: true }]), ...(words === '' ? [] : [{ text: words }])]
  }
}

const endingOf = ({ calls, extra }: Candidate): Part[] => {
  if (calls.length === 0) return extra ? [{ text: '', thoughtSignature: signatureOf({ message: extra }) }] : []
  return calls.map((call, place) => {
    // The first call is signed in any case: Google itself refuses one that is not.
    const signature = signatureOf({ message: place === 0 ? (extra ?? {}) : undefined, call: call.extra })
    return {
      functionCall: {
        ...(call.id === '' ? undefined : { id: call.id }),
        name: call.name,
        args: argsOf(call.arguments),
      },
      ...(signature === undefined ? undefined : { thoughtSignature: signature }),
    }
  })
}

/** Google's own signature as it is; what else must come back, packed into the place of one. */
const signatureOf = ({ message, call }: { message?: ExtraContent | undefined; call?: ExtraContent | undefined }) => {
  if (!message && !call) return undefined
  const given = Object.entries({ ...message, ...call })
  const google = given.length === 1 ? given[0]![1]['thought_signature'] : null
  const isGoogles = given[0]?.[0] === 'google' && typeof google === 'string'
  return isGoogles ? google : packCarried({ message, call })
}

const argsOf = (given: string): unknown => {
  try {
    const args: unknown = JSON.parse(given || '{}')
    return typeof args === 'object' && args !== null && !Array.isArray(args) ? args : { arguments: args }
  } catch {
    // The model's own broken JSON; the API can say nothing but objects.
    return { arguments: given }
  }
}

const event = (answer: object): string => `data: ${JSON.stringify(answer)}\r\n\r\n`
