import { dataOf, EventScanner, translateStream, type CallerDialect, type ReplyReader } from '@assay/providers'
import { StreamRelay } from './stream-relay.ts'

const head = { id: 'passed', created: 0, model: '' }

/**
 * Relays a stream of the caller's own dialect: its bytes go on untouched, event by event, while a translation of them
 * tells what they say.
 */
export class PassedRelay implements Pick<StreamRelay, keyof StreamRelay> {
  readonly #caller: CallerDialect
  readonly #read: StreamRelay
  readonly #translation: ReturnType<typeof translateStream>
  readonly #scanner: EventScanner
  readonly #keepsChunks: boolean
  #ready: Uint8Array[] = []
  #chunks: Uint8Array[] = []
  /** The event that ends a good stream; it is sent last, by whoever closes the request. */
  #end: Uint8Array | null = null
  done: Uint8Array | null = null

  constructor(caller: CallerDialect, { keepsChunks = false } = {}) {
    this.#caller = caller
    this.#keepsChunks = keepsChunks
    this.#read = new StreamRelay({ dropsUsage: false })
    this.#translation = translateStream(caller.dialect, head)
    this.#scanner = new EventScanner(this)
  }

  get marks(): ReplyReader {
    return this.#read.marks
  }

  get hasContent(): boolean {
    return this.#read.hasContent
  }

  get keptShare(): number {
    return this.#read.keptShare
  }

  push(chunk: Uint8Array): void {
    this.#scanner.push(chunk)
  }

  onEvent(event: Uint8Array): void {
    this.#understand(this.#translation.push(event))
    if (this.marks.error !== null) return
    if (this.#end) this.#ready.push(this.#end)
    const isEnd = this.#caller.isEnd(dataOf(event) ?? '')
    this.#end = isEnd ? event : null
    if (!isEnd) this.#ready.push(event)
  }

  end(): void {
    const rest = this.#scanner.end()
    if (rest.length > 0) this.onEvent(rest)
    this.#understand(this.#translation.end())
    this.#read.end()
    if (this.#read.done) this.done = this.#end ?? new Uint8Array(0)
  }

  take(): Uint8Array | null {
    if (this.#ready.length === 0) return null
    const bytes = Buffer.concat(this.#ready)
    this.#ready = []
    return bytes
  }

  /** The translation of what was taken last, for those who wait for the same answer in another dialect. */
  takeChunks(): Uint8Array | null {
    const chunks = this.#chunks
    this.#chunks = []
    return chunks.length === 0 ? null : Buffer.concat(chunks)
  }

  events(): readonly Uint8Array[] {
    return this.#read.events()
  }

  reply(): ReplyReader {
    return this.#read.reply()
  }

  #understand(pieces: Uint8Array[]): void {
    for (const piece of pieces) this.#read.push(piece)
    // The caller gets the bytes as they came; what they say is for others.
    const chunks = this.#read.take()
    if (chunks && this.#keepsChunks) this.#chunks.push(chunks)
  }
}
