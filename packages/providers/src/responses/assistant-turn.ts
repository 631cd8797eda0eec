import type { ChatMessage } from '@assay/core'
import type { ExtraContent } from '../dialect/answer-sink.ts'
import { mergeExtra, unpackCarried } from '../dialect/carried.ts'
import type { ChatPart } from './parts.ts'

type Call = { id: string; name: string; arguments: string }

/** What the model said in one turn, put together from the items it came in. */
export class AssistantTurn {
  readonly #said: ChatPart[][] = []
  readonly #calls: Call[] = []
  #extra: ExtraContent | undefined
  readonly #callExtras = new Map<string, ExtraContent>()
  #reasoning = ''
  #wantsReasoning = false

  say(parts: ChatPart[]): void {
    if (parts.length > 0) this.#said.push(parts)
  }

  call(call: Call): void {
    this.#calls.push(call)
  }

  /** Takes a reasoning item; false: it holds what nobody else can use. */
  reason(text: string, content: string | null): boolean {
    const carried = content === null ? null : unpackCarried(content)
    if (!carried) return false
    this.#extra = mergeExtra(this.#extra, carried.message)
    for (const [id, extra] of Object.entries(carried.calls ?? {})) this.#callExtras.set(id, extra)
    if (carried.reasoningContent) {
      this.#wantsReasoning = true
      this.#reasoning += text
    }
    return true
  }

  /** The turn as messages: calls stand in the last one, as their results must follow. */
  messages(): ChatMessage[] {
    const said = this.#calls.length > 0 && this.#said.length > 1 ? [joined(this.#said)] : [...this.#said]
    if (said.length === 0) {
      if (this.#calls.length === 0 && !this.#extra) return []
      said.push([])
    }
    const messages = said.map((parts): ChatMessage => ({ role: 'assistant', ...wordsOf(parts) }))
    const last = messages.at(-1)!
    if (this.#calls.length > 0) {
      if (last.content === '') last.content = null
      last['tool_calls'] = this.#calls.map(({ id, ...called }) => ({
        id,
        type: 'function',
        function: called,
        ...(this.#callExtras.has(id) ? { extra_content: this.#callExtras.get(id) } : undefined),
      }))
      if (this.#wantsReasoning) last['reasoning_content'] = this.#reasoning
    }
    if (this.#extra) messages[0]!['extra_content'] = this.#extra
    return messages
  }
}

const wordsOf = (parts: ChatPart[]): Pick<ChatMessage, 'content'> & { refusal?: string } => {
  const refusal = parts.map((part) => wordOf(part['refusal'])).join('')
  const content = parts.map((part) => wordOf(part['text'])).join('')
  return { content, ...(refusal === '' ? undefined : { refusal }) }
}

const wordOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Several messages in one, a blank line between. */
const joined = (said: readonly ChatPart[][]): ChatPart[] =>
  said.flatMap((parts, index) => (index === 0 ? parts : [{ type: 'text', text: '\n\n' }, ...parts]))
