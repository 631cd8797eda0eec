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

type WireCall = {
  id: string
  type: 'function'
  function: { name: string; arguments: string }
  extra_content?: ExtraContent
}

/** Writes an answer as one whole chat completion. */
export class CompletionWriter implements AnswerSink {
  readonly #head: AnswerHead
  readonly #calls: WireCall[] = []
  #text = ''
  #reasoning = ''
  #extra: ExtraContent | null = null
  #answer: object | null = null

  constructor(head: AnswerHead) {
    this.#head = { ...head }
  }

  get toolCalls(): number {
    return this.#calls.length
  }

  /** The completion, or the error that came in its place; null while it has no ending. */
  get answer(): object | null {
    return this.#answer
  }

  model(name: string): void {
    this.#head.model = name
  }

  text(text: string): void {
    this.#text += text
  }

  reasoning(text: string): void {
    this.#reasoning += text
  }

  toolCall({ id, name, extra }: { id: string | null; name: string; extra?: ExtraContent }): number {
    const place = this.#calls.length
    this.#calls.push({
      id: id ?? callId(this.#head, place),
      type: 'function',
      function: { name, arguments: '' },
      ...(extra ? { extra_content: extra } : undefined),
    })
    return place
  }

  toolArguments(place: number, text: string): void {
    this.#calls[place]!.function.arguments += text
  }

  extra(content: ExtraContent): void {
    this.#extra = { ...this.#extra, ...content }
  }

  finish(reason: FinishReason, usage: AnswerUsage | null): void {
    const { id, created, model } = this.#head
    const message = {
      role: 'assistant',
      content: this.#text === '' && this.#calls.length > 0 ? null : this.#text,
      refusal: null,
      ...(this.#reasoning === '' ? undefined : { reasoning_content: this.#reasoning }),
      ...(this.#calls.length === 0 ? undefined : { tool_calls: this.#calls }),
      ...(this.#extra ? { extra_content: this.#extra } : undefined),
    }
    this.#answer ??= {
      id,
      object: 'chat.completion',
      created,
      model,
      choices: [{ index: 0, message, logprobs: null, finish_reason: wireFinishReason(reason) }],
      ...(usage ? { ...wireServiceTier(usage), usage: wireUsage(usage) } : undefined),
    }
  }

  fail(refusal: Refusal): void {
    this.#answer ??= { error: refusal }
  }
}
