import type { ChatRequest } from '@assay/core'
import { CallPlaces } from '../compatible/call-places.ts'
import type { AnswerHead, ExtraContent } from '../dialect/answer-sink.ts'
import type { CallerStream } from '../dialect/caller.ts'
import { mergeExtra, packCarried, type Carried } from '../dialect/carried.ts'
import { readPiece, type CompletionPiece, type PieceUsage } from '../dialect/completion-piece.ts'
import { refusalOf } from '../refusal.ts'
import { itemJson, partJson, type OutputItem, type SaidPart } from './output-items.ts'
import { responseObjects, type ResponseState } from './response-object.ts'

type Item<Kind extends OutputItem['kind']> = Extract<OutputItem, { kind: Kind }>
type CallPiece = CompletionPiece['calls'][number]
/** A call whose name has not come yet waits for it with what came of its arguments. */
type Call = { id: string | null; waiting: string; extra: ExtraContent | null; item: Item<'call'> | null }

const incomplete: Record<string, 'max_output_tokens' | 'content_filter'> = {
  length: 'max_output_tokens',
  content_filter: 'content_filter',
}

/** Writes chunks of chat completions as the events of a Responses stream, and the whole response at its end. */
export class ResponseWriter implements CallerStream {
  readonly #head: AnswerHead
  readonly #say: ReturnType<typeof responseObjects>
  #model: string
  #events = ''
  #sequence = 0
  readonly #output: OutputItem[] = []
  #hasStarted = false
  #message: Item<'message'> | null = null
  /** It stays open to the end, as what proves the reasoning comes last. */
  #reasoning: Item<'reasoning'> | null = null
  #isSummaryOpen = false
  readonly #calls: Call[] = []
  readonly #places = new CallPlaces()
  readonly #carried: Carried = {}
  #finishReason: string | null = null
  #usage: PieceUsage | null = null

  constructor(request: ChatRequest, head: AnswerHead) {
    this.#head = { ...head, id: head.id.replace(/\W/g, '') }
    this.#model = head.model
    this.#say = responseObjects({ id: `resp_${this.#head.id}`, created: head.created }, request)
  }

  push(chunk: unknown): string {
    const piece = readPiece(chunk)
    if (!piece) return ''
    this.#model = piece.model ?? this.#model
    // Azure sends a nameless chunk with its filters first.
    if (piece.model !== null || !isSilent(piece)) this.#start()
    if (piece.reasoning !== '') this.#reason(piece)
    if (piece.text !== '') this.#speak('output_text', piece.text)
    if (piece.refusal !== '') this.#speak('refusal', piece.refusal)
    for (const [position, call] of piece.calls.entries()) {
      const place = this.#places.placeOf(call, { position, pieces: piece.calls.length })
      this.#call(call, place)
    }
    if (piece.extra) this.#carried.message = mergeExtra(this.#carried.message, piece.extra)
    this.#finishReason = piece.finishReason ?? this.#finishReason
    this.#usage = piece.usage ?? this.#usage
    return this.#take()
  }

  end(): string {
    this.#start()
    const reason = incomplete[this.#finishReason ?? '']
    this.#closeAll()
    const { type, response } = this.#ending(reason)
    this.#emit(type, { response })
    return this.#take()
  }

  /** Ends a stream that broke, with the body of the error answer that it would have been. */
  fail(body: string): string {
    this.#start()
    const { message = 'The answer broke off.', code = null } = refusalOf(JSON.parse(body)) ?? {}
    const error = { code: code ?? 'server_error', message }
    this.#emit('response.failed', { response: this.#response({ status: 'failed', error }) })
    return this.#take()
  }

  /** The response as it stands after `end`. */
  whole(): object {
    return this.#ending(incomplete[this.#finishReason ?? '']).response
  }

  #ending(reason: ResponseState['incompleteReason']): { type: string; response: object } {
    return reason
      ? { type: 'response.incomplete', response: this.#response({ status: 'incomplete', incompleteReason: reason }) }
      : { type: 'response.completed', response: this.#response({ status: 'completed' }) }
  }

  #response(state: Omit<ResponseState, 'output' | 'usage'>): object {
    const unfinished = state.status === 'in_progress' ? 'in_progress' : 'incomplete'
    const output = this.#output.map((item) => itemJson(item, unfinished))
    return this.#say(this.#model, { ...state, output, usage: this.#usage })
  }

  #start(): void {
    if (this.#hasStarted) return
    this.#hasStarted = true
    const response = this.#response({ status: 'in_progress' })
    this.#emit('response.created', { response })
    this.#emit('response.in_progress', { response })
  }

  // Reasoning

  #reason({ reasoning: delta, isReasoningContent }: CompletionPiece): void {
    const item = this.#openReasoning()
    if (isReasoningContent) this.#carried.reasoningContent = true
    if (!this.#isSummaryOpen) {
      this.#isSummaryOpen = true
      item.summary.push('')
      this.#emitSummary('reasoning_summary_part.added', { part: { type: 'summary_text', text: '' } })
    }
    item.summary[item.summary.length - 1] += delta
    this.#emitSummary('reasoning_summary_text.delta', { delta })
  }

  #openReasoning(): Item<'reasoning'> {
    this.#reasoning ??= this.#add({ kind: 'reasoning', id: this.#id('rs'), summary: [], content: null, isDone: false })
    return this.#reasoning
  }

  #closeSummary(): void {
    if (!this.#isSummaryOpen) return
    const text = this.#reasoning!.summary.at(-1)!
    this.#emitSummary('reasoning_summary_text.done', { text })
    this.#emitSummary('reasoning_summary_part.done', { part: { type: 'summary_text', text } })
    this.#isSummaryOpen = false
  }

  #emitSummary(type: string, fields: object): void {
    const item = this.#reasoning!
    this.#emit(`response.${type}`, { ...this.#place(item), summary_index: item.summary.length - 1, ...fields })
  }

  // Text

  #speak(kind: SaidPart['kind'], delta: string): void {
    this.#closeSummary()
    const message = (this.#message ??= this.#add({ kind: 'message', id: this.#id('msg'), parts: [], isDone: false }))
    let part = message.parts.at(-1)
    if (part?.kind !== kind) {
      if (part) this.#closePart(part)
      part = { kind, text: '' }
      message.parts.push(part)
      this.#emitPart('content_part.added', { part: partJson(part) })
    }
    part.text += delta
    this.#emitPart(`${kind}.delta`, kind === 'refusal' ? { delta } : { delta, logprobs: [] })
  }

  #closePart(part: SaidPart): void {
    const { kind, text } = part
    this.#emitPart(`${kind}.done`, kind === 'refusal' ? { refusal: text } : { text, logprobs: [] })
    this.#emitPart('content_part.done', { part: partJson(part) })
  }

  #closeMessage(): void {
    const last = this.#message?.parts.at(-1)
    if (!this.#message || !last) return
    this.#closePart(last)
    this.#finishItem(this.#message)
    this.#message = null
  }

  #emitPart(type: string, fields: object): void {
    const message = this.#message!
    this.#emit(`response.${type}`, { ...this.#place(message), content_index: message.parts.length - 1, ...fields })
  }

  // Calls

  #call({ id, name, arguments: args, extra }: CallPiece, place: number): void {
    this.#closeSummary()
    // A call that has its own proof stands behind the reasoning that it belongs to.
    if (extra) this.#openReasoning()
    this.#closeMessage()
    const call = (this.#calls[place] ??= { id: null, waiting: '', extra: null, item: null })
    call.id ??= id
    call.waiting += args
    if (extra) call.extra = extra
    if (!call.item && name) call.item = this.#openCall(call, { name, place })
    if (!call.item || call.waiting === '') return
    const delta = call.waiting
    call.waiting = ''
    call.item.arguments += delta
    this.#emit('response.function_call_arguments.delta', { ...this.#place(call.item), delta })
  }

  #openCall({ id }: Call, { name, place }: { name: string; place: number }): Item<'call'> {
    const callId = id ?? `call_${this.#head.id}_${place}`
    return this.#add({ kind: 'call', id: this.#id('fc'), callId, name, arguments: '', isDone: false })
  }

  #closeCall(call: Call, place: number): void {
    const item = (call.item ??= this.#openCall(call, { name: '', place }))
    item.arguments = item.arguments + call.waiting || '{}'
    if (call.extra) this.#carried.calls = { ...this.#carried.calls, [item.callId]: call.extra }
    const { name, arguments: args } = item
    this.#emit('response.function_call_arguments.done', { ...this.#place(item), name, arguments: args })
    this.#finishItem(item)
  }

  // Items

  #closeAll(): void {
    this.#closeSummary()
    this.#closeMessage()
    for (const [place, call] of this.#calls.entries()) this.#closeCall(call, place)
    // Only a server that has no other proof may want its words back.
    if (this.#carried.message ?? this.#carried.calls) delete this.#carried.reasoningContent
    if (Object.keys(this.#carried).length > 0) this.#openReasoning().content = packCarried(this.#carried)
    if (this.#reasoning) this.#finishItem(this.#reasoning)
  }

  #add<Kind extends OutputItem>(item: Kind): Kind {
    const index = this.#output.push(item) - 1
    this.#emit('response.output_item.added', { output_index: index, item: itemJson(item) })
    return item
  }

  #finishItem(item: OutputItem): void {
    item.isDone = this.#finishReason !== 'length' || item.kind !== 'message'
    const { output_index } = this.#place(item)
    this.#emit('response.output_item.done', { output_index, item: itemJson(item, 'incomplete') })
  }

  #place(item: OutputItem): { item_id: string; output_index: number } {
    return { item_id: item.id, output_index: this.#output.indexOf(item) }
  }

  #id(kind: string): string {
    return `${kind}_${this.#head.id}_${this.#output.length}`
  }

  #emit(type: string, fields: object): void {
    const data = JSON.stringify({ type, sequence_number: this.#sequence++, ...fields })
    this.#events += `event: ${type}\ndata: ${data}\n\n`
  }

  #take(): string {
    const events = this.#events
    this.#events = ''
    return events
  }
}

const isSilent = ({ text, refusal, reasoning, calls }: CompletionPiece): boolean =>
  text === '' && refusal === '' && reasoning === '' && calls.length === 0

/** A whole chat completion as a response. */
export const encodeResponse = (completion: unknown, request: ChatRequest, head: AnswerHead): object => {
  const writer = new ResponseWriter(request, head)
  writer.push(completion)
  writer.end()
  return writer.whole()
}
