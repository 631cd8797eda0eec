import { answerTextOf, completionOfChunks, MAX_CACHED_BYTES, type RequestRecord } from '@assay/core'
import { dataOf } from '@assay/providers'
import type { Flight, LandedAnswer } from '../gateway/parts.ts'
import { hotAnswerOf, type HotAnswer } from './hot-answers.ts'

/** A good answer of a flight, and the same as if it had been kept. */
export type Landed = LandedAnswer & { answer: HotAnswer }

/** One who waits for the answer that another has asked for. */
export type Follower = {
  onChunks(events: Uint8Array): void
  onLanded(landed: Landed): void
  onFailed(): void
}

/** One call upstream that equal requests share; what it has brought so far waits for those who come late. */
export class SharedFlight implements Flight {
  readonly #followers = new Set<Follower>()
  readonly #onOver: (landed: Landed | null) => void
  #chunks: Uint8Array[] = []
  #bytes = 0
  #isOver = false

  constructor(onOver: (landed: Landed | null) => void) {
    this.#onOver = onOver
  }

  /** Waits with the others; false when what has been said already is no longer there. */
  join(follower: Follower): boolean {
    if (this.#isOver || this.#bytes > MAX_CACHED_BYTES) return false
    this.#followers.add(follower)
    for (const chunk of this.#chunks) follower.onChunks(chunk)
    return true
  }

  leave(follower: Follower): void {
    this.#followers.delete(follower)
  }

  push(events: Uint8Array): void {
    this.#bytes += events.length
    if (this.#bytes > MAX_CACHED_BYTES) this.#chunks = []
    else this.#chunks.push(events)
    for (const follower of this.#followers) follower.onChunks(events)
  }

  isFollowed(): boolean {
    return this.#followers.size > 0
  }

  land(answer: LandedAnswer): void {
    if (this.#isOver) return
    this.#isOver = true
    const response = named(responseOf(answer), answer.record)
    const landed = response === null ? null : { ...answer, answer: answerOf(answer.record, response) }
    this.#onOver(landed)
    for (const follower of this.#taken()) {
      if (landed) follower.onLanded(landed)
      else follower.onFailed()
    }
  }

  fail(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#onOver(null)
    for (const follower of this.#taken()) follower.onFailed()
  }

  #taken(): Follower[] {
    const followers = [...this.#followers]
    this.#followers.clear()
    this.#chunks = []
    return followers
  }
}

/** The text of the completion; null for one that is not all there. */
const responseOf = ({ whole, events }: LandedAnswer): string | null => {
  if (whole) return Buffer.from(whole.buffer, whole.byteOffset, whole.byteLength).toString('utf8')
  if (!events) return null
  const completion = completionOfChunks(events.map((event) => parsed(dataOf(event))))
  return completion && JSON.stringify(completion)
}

/** A translation that was only read has no name yet; what is given again has one. */
const named = (response: string | null, { id, at }: RequestRecord): string | null =>
  response?.replace(
    /^\{"id":"(?:passed)?","object":"chat\.completion","created":0,/,
    `{"id":"chatcmpl-${id}","object":"chat.completion","created":${Math.floor(Date.parse(at) / 1_000)},`,
  ) ?? null

const answerOf = (record: RequestRecord, response: string): HotAnswer =>
  hotAnswerOf(
    {
      key: '',
      workspaceId: record.workspaceId,
      requestId: record.id,
      response,
      provider: record.providerName ?? '',
      model: record.responseModel ?? record.requestModel,
      finishReason: record.finishReason ?? 'other',
      inputTokens: record.inputTokens,
      outputTokens: record.outputTokens,
      cacheReadInputTokens: record.cacheReadInputTokens,
      cacheWriteInputTokens: record.cacheWriteInputTokens,
      reasoningOutputTokens: record.reasoningOutputTokens,
      costNanoUsd: record.costNanoUsd,
      latencyMs: record.latencyMs ?? 0,
      createdAt: record.at,
      expiresAt: record.at,
    },
    Date.parse(record.at),
  )

/** What an answer says, for whoever compares it. */
export const textOfResponse = (response: string): string => answerTextOf(parsed(response))

const parsed = (text: string | null): unknown => {
  try {
    return text === null ? null : JSON.parse(text)
  } catch {
    return null
  }
}
