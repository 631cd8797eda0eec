import type { FinishReason } from '@assay/core'
import type { Refusal } from '../refusal.ts'
import {
  callId,
  wireFinishReason,
  wireServiceTier,
  wireUsage,
  type AnswerHead,
  type AnswerSink,
  type AnswerUsage,
  type ExtraContent,
} from './answer-sink.ts'

/**
 * Writes an answer as a stream of chat completion chunks: one role first, one finish reason last, then the usage and
 * `[DONE]`. A stream that failed ends with its error.
 */
export class ChunkWriter implements AnswerSink {
  readonly #head: AnswerHead
  #opening = ''
  #events = ''
  #hasRole = false
  #isOver = false
  toolCalls = 0

  constructor(head: AnswerHead) {
    this.#head = { ...head }
    this.model(head.model)
  }

  model(name: string): void {
    this.#head.model = name
    const { id, created, model } = this.#head
    const head = JSON.stringify({ id, object: 'chat.completion.chunk', created, model })
    this.#opening = `data: ${head.slice(0, -1)},"choices":`
  }

  text(content: string): void {
    if (content !== '') this.#delta({ content })
  }

  reasoning(text: string): void {
    if (text !== '') this.#delta({ reasoning_content: text })
  }

  toolCall({ id, name, extra }: { id: string | null; name: string; extra?: ExtraContent }): number {
    const index = this.toolCalls++
    const call = { index, id: id ?? callId(this.#head, index), type: 'function', function: { name, arguments: '' } }
    this.#delta({ tool_calls: [extra ? { ...call, extra_content: extra } : call] })
    return index
  }

  toolArguments(index: number, text: string): void {
    if (text !== '') this.#delta({ tool_calls: [{ index, function: { arguments: text } }] })
  }

  extra(content: ExtraContent): void {
    this.#delta({ extra_content: content })
  }

  finish(reason: FinishReason, usage: AnswerUsage | null): void {
    if (this.#isOver) return
    this.#delta({}, wireFinishReason(reason))
    this.#usage(usage)
    this.#events += 'data: [DONE]\n\n'
    this.#isOver = true
  }

  fail(refusal: Refusal, usage: AnswerUsage | null): void {
    if (this.#isOver) return
    this.#usage(usage)
    this.#events += `data: ${JSON.stringify({ error: refusal })}\n\n`
    this.#isOver = true
  }

  /** The events written since the last time; null when there are none. */
  take(): Uint8Array | null {
    if (this.#events === '') return null
    const bytes = Buffer.from(this.#events)
    this.#events = ''
    return bytes
  }

  #delta(delta: object, finishReason: string | null = null): void {
    if (this.#isOver) return
    if (!this.#hasRole) {
      this.#hasRole = true
      this.#delta({ role: 'assistant', content: '' })
    }
    this.#events += `${this.#opening}[{"index":0,"delta":${JSON.stringify(delta)},"finish_reason":${JSON.stringify(finishReason)}}]}\n\n`
  }

  #usage(usage: AnswerUsage | null): void {
    if (!usage) return
    const fields = JSON.stringify({ ...wireServiceTier(usage), usage: wireUsage(usage) })
    this.#events += `${this.#opening}[],${fields.slice(1)}\n\n`
  }
}
