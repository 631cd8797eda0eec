import { dataOf, EventScanner } from '@assay/providers'
import type { AnswerPart, GuardSet, TextFilter } from '../parts.ts'

type After = NonNullable<GuardSet['after']>
type Said = Record<string, unknown>
type Called = { index?: number; function?: { arguments?: unknown } }
type Choice = { index?: number; delta?: Said; finish_reason?: unknown }

/** What an answer says, by the members that say it; providers write their thoughts in one of two. */
const texts: readonly (readonly [member: string, part: AnswerPart])[] = [
  ['reasoning_content', 'reasoning'],
  ['reasoning', 'reasoning'],
  ['content', 'content'],
]

/** A whole chat completion as the guards let it through; throws what a guard that blocks throws. */
export const guardWhole = async (after: After, bytes: Uint8Array): Promise<{ bytes: Uint8Array; flags: string[] }> => {
  const answer = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')) as {
    choices?: { message?: Said }[]
  }
  const flags: string[] = []
  let isChanged = false
  const look = async (holder: Said, member: string, part: AnswerPart): Promise<boolean> => {
    const given = holder[member]
    if (typeof given !== 'string') return false
    const passed = await after.whole(given, part)
    flags.push(...passed.flags)
    holder[member] = passed.text
    isChanged ||= passed.isChanged
    return passed.isChanged
  }
  for (const { message } of answer.choices ?? []) {
    if (!message) continue
    for (const [member, part] of texts) {
      if ((await look(message, member, part)) && part === 'reasoning') forgetThoughts(message)
    }
    for (const call of (message['tool_calls'] as Called[] | undefined) ?? []) {
      if (call.function) await look(call.function, 'arguments', 'arguments')
    }
  }
  return { bytes: isChanged ? Buffer.from(JSON.stringify(answer)) : bytes, flags: [...new Set(flags)] }
}

/**
 * Passes a chat completions stream through the guards, one piece after the other. Arguments of a tool call are of use
 * only when they are whole, so they wait for the end of their choice and are looked at as a whole.
 */
export class StreamGuard {
  readonly #after: After
  readonly #choices = new Map<number, GuardedChoice>()
  readonly #scanner: EventScanner
  #events: Uint8Array[] = []
  #turn: Promise<unknown> = Promise.resolve()

  constructor(after: After) {
    this.#after = after
    this.#scanner = new EventScanner({ onEvent: (event) => void this.#events.push(event) })
  }

  /** What the guards had to say so far. */
  get flags(): string[] {
    return [...new Set([...this.#choices.values()].flatMap(({ flags }) => flags))]
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
    for (const [index, choice] of this.#choices) {
      const delta = await choice.end()
      if (delta) rest.push(eventOf({ choices: [{ index, delta, finish_reason: null }] }))
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
    const index = choice.index ?? 0
    let guarded = this.#choices.get(index)
    if (!guarded) this.#choices.set(index, (guarded = new GuardedChoice(this.#after)))
    const given = choice.delta ?? {}
    const isFinished = typeof choice.finish_reason === 'string'
    const passed = await guarded.push(given, isFinished)
    if (passed === given) return false
    choice.delta = passed
    return true
  }
}

/** What one choice of a stream says: its thoughts, then its text and its calls. */
class GuardedChoice {
  readonly #after: After
  readonly #filters = new Map<string, TextFilter>()
  readonly #ended = new Set<string>()
  readonly #arguments = new Map<number, string>()
  readonly #flags: string[] = []
  #hasChangedThoughts = false

  constructor(after: After) {
    this.#after = after
  }

  get flags(): string[] {
    return [...this.#flags, ...[...this.#filters.values()].flatMap(({ flags }) => flags)]
  }

  /** The delta as it may go on; the very same one when nothing of it changed. */
  async push(given: Said, isFinished: boolean): Promise<Said> {
    const passed: Said = { ...given }
    const isThinking = texts.some(([member, part]) => part === 'reasoning' && isText(given[member]))
    // Thoughts are over as soon as anything else is said: what was held back of them comes first.
    const ending = isFinished || (!isThinking && (isText(given['content']) || 'tool_calls' in given || hasExtra(given)))
    for (const [member, part] of texts) {
      const isOver = part === 'reasoning' ? ending : isFinished
      const text = await this.#filtered(member, part, isText(given[member]) ? given[member] : '', isOver)
      if (text !== (given[member] ?? '')) passed[member] = text
    }
    if (this.#hasChangedThoughts) forgetThoughts(passed)
    this.#holdArguments(given, passed)
    if (isFinished) await this.#tellArguments(passed)
    return isSame(given, passed) ? given : passed
  }

  /** What was still held back; null when nothing was. */
  async end(): Promise<Said | null> {
    const passed = await this.push({}, true)
    return Object.values(passed).some((said) => said !== '') ? passed : null
  }

  async #filtered(member: string, part: AnswerPart, given: string, isOver: boolean): Promise<string> {
    const known = this.#filters.get(member)
    if (given === '' && (!known || !isOver || this.#ended.has(member))) return ''
    const filter = known ?? this.#after.stream(part)
    this.#filters.set(member, filter)
    const text = given === '' ? '' : await filter.push(given)
    if (!isOver) return text
    this.#ended.add(member)
    const rest = await filter.end()
    if (part === 'reasoning' && filter.flags.length > 0) this.#hasChangedThoughts = true
    return text + rest
  }

  #holdArguments(given: Said, passed: Said): void {
    const calls = given['tool_calls'] as Called[] | undefined
    if (!calls) return
    passed['tool_calls'] = calls.map((call) => {
      const piece = call.function?.arguments
      if (typeof piece !== 'string' || piece === '') return call
      const index = call.index ?? 0
      this.#arguments.set(index, (this.#arguments.get(index) ?? '') + piece)
      return { ...call, function: { ...call.function, arguments: '' } }
    })
  }

  async #tellArguments(passed: Said): Promise<void> {
    const calls: Called[] = [...((passed['tool_calls'] as Called[] | undefined) ?? [])]
    for (const [index, given] of this.#arguments) {
      const { text, flags } = await this.#after.whole(given, 'arguments')
      this.#flags.push(...flags)
      const position = calls.findIndex((call) => (call.index ?? 0) === index)
      if (position === -1) calls.push({ index, function: { arguments: text } })
      else calls[position] = { ...calls[position], function: { ...calls[position]!.function, arguments: text } }
    }
    this.#arguments.clear()
    if (calls.length > 0) passed['tool_calls'] = calls
  }
}

/** Copies of the thoughts that were written for the provider: what was masked does not go out beside its mask. */
const forgetThoughts = (said: Said): void => {
  delete said['reasoning_details']
  const extra = said['extra_content'] as Said | undefined
  if (!extra || !('anthropic' in extra)) return
  const { anthropic: _, ...others } = extra
  said['extra_content'] = others
}

const hasExtra = (said: Said): boolean => 'extra_content' in said || 'reasoning_details' in said

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

const isSame = (given: Said, passed: Said): boolean => {
  const names = new Set([...Object.keys(given), ...Object.keys(passed)])
  return [...names].every(
    (name) => given[name] === passed[name] || (name === 'tool_calls' && isSameCalls(given[name], passed[name])),
  )
}

const isSameCalls = (given: unknown, passed: unknown): boolean =>
  Array.isArray(given) &&
  Array.isArray(passed) &&
  given.length === passed.length &&
  given.every((call, position) => call === passed[position])

const eventOf = (chunk: object): Uint8Array => Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`)
