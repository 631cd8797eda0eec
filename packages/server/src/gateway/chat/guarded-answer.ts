import { dataOf, EventScanner } from '@assay/providers'
import type { GuardSet, TextFilter } from '../parts.ts'

type After = NonNullable<GuardSet['after']>
type Choice = { index?: number; delta?: { content?: unknown }; finish_reason?: unknown }
type Message = { content?: unknown }

/** A whole chat completion as the guards let it through; throws what a guard that blocks throws. */
export const guardWhole = async (after: After, bytes: Uint8Array): Promise<{ bytes: Uint8Array; flags: string[] }> => {
  const answer = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')) as {
    choices?: { message?: Message }[]
  }
  const flags: string[] = []
  let isChanged = false
  for (const { message } of answer.choices ?? []) {
    if (!message || typeof message.content !== 'string') continue
    const said = await after.whole(message.content)
    if (said.isChanged) message.content = said.text
    isChanged ||= said.isChanged
    flags.push(...said.flags)
  }
  return { bytes: isChanged ? Buffer.from(JSON.stringify(answer)) : bytes, flags }
}

/** Passes a chat completions stream through the guards, one piece after the other. */
export class StreamGuard {
  readonly #after: After
  readonly #filters = new Map<number, TextFilter>()
  readonly #ended = new Set<TextFilter>()
  readonly #scanner: EventScanner
  #events: Uint8Array[] = []
  #turn: Promise<unknown> = Promise.resolve()

  constructor(after: After) {
    this.#after = after
    this.#scanner = new EventScanner({ onEvent: (event) => void this.#events.push(event) })
  }

  /** What the guards had to say so far. */
  get flags(): string[] {
    return [...this.#filters.values()].flatMap(({ flags }) => flags)
  }

  /** Whole events in, whole events out. */
  push(bytes: Uint8Array | null): Promise<Uint8Array | null> {
    const turn = this.#turn.then(() => this.#pass(bytes))
    this.#turn = turn.catch(() => {}) // told to whoever pushed
    return turn
  }

  /** The last of it: what was held back comes even when no choice has said that it is finished. */
  async end(bytes: Uint8Array | null): Promise<Uint8Array | null> {
    const passed = await this.push(bytes)
    const rest: Uint8Array[] = passed ? [passed] : []
    for (const [index, filter] of this.#filters) {
      const text = await this.#end(filter)
      if (text !== '') rest.push(eventOf({ choices: [{ index, delta: { content: text }, finish_reason: null }] }))
    }
    return rest.length === 0 ? null : Buffer.concat(rest)
  }

  async #pass(bytes: Uint8Array | null): Promise<Uint8Array | null> {
    if (bytes) this.#scanner.push(bytes)
    const events = this.#events
    this.#events = []
    const passed: Uint8Array[] = []
    for (const event of events) passed.push(await this.#filtered(event))
    return passed.length === 0 ? null : Buffer.concat(passed)
  }

  async #filtered(event: Uint8Array): Promise<Uint8Array> {
    const data = dataOf(event)
    const chunk = data === null ? null : (JSON.parse(data) as { choices?: Choice[] } | null)
    let isChanged = false
    for (const choice of chunk?.choices ?? []) isChanged = (await this.#filterChoice(choice)) || isChanged
    return isChanged ? eventOf(chunk!) : event
  }

  async #filterChoice(choice: Choice): Promise<boolean> {
    const given = typeof choice.delta?.content === 'string' ? choice.delta.content : ''
    const isFinished = typeof choice.finish_reason === 'string'
    if (given === '' && !isFinished) return false
    const filter = this.#filterOf(choice.index ?? 0)
    const text = (given === '' ? '' : await filter.push(given)) + (isFinished ? await this.#end(filter) : '')
    if (text === given) return false
    choice.delta = { ...choice.delta, content: text }
    return true
  }

  /** What it still held back, once. */
  async #end(filter: TextFilter): Promise<string> {
    if (this.#ended.has(filter)) return ''
    this.#ended.add(filter)
    return filter.end()
  }

  #filterOf(index: number): TextFilter {
    const known = this.#filters.get(index)
    if (known) return known
    const filter = this.#after.stream()
    this.#filters.set(index, filter)
    return filter
  }
}

const eventOf = (chunk: object): Uint8Array => Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`)
