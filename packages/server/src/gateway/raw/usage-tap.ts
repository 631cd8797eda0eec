import {
  contentsCaller,
  dataOf,
  EventScanner,
  messagesCaller,
  ReplyReader,
  responsesCaller,
  translateStream,
  translateWhole,
  type CallerDialect,
} from '@assay/providers'

/** So much of a whole answer is read for its usage. */
const MOST_BYTES = 8 * 1024 * 1024
const head = { id: '', created: 0, model: '' }

/** How answers below a path are read, by the end of the path; null: as chat completions and embeddings are. */
const readings: readonly (readonly [path: RegExp, dialect: CallerDialect['dialect'] | null])[] = [
  [/\/(?:chat\/completions|completions|embeddings)$/, null],
  [/\/responses$/, responsesCaller({ id: '', created: 0 }).dialect],
  [/\/messages$/, messagesCaller.dialect],
  [/:(?:g|streamG)enerateContent$/, contentsCaller({ model: '', isStream: false }).dialect],
]

/** Reads what an answer says of itself while its bytes go by untouched; one of no known dialect says nothing. */
export class UsageTap {
  readonly reply = new ReplyReader()
  readonly #dialect: CallerDialect['dialect'] | null
  readonly #translation: ReturnType<typeof translateStream> | null
  readonly #isStream: boolean
  #chunks: Uint8Array[] = []
  #sizeBytes = 0
  #isReading: boolean
  readonly #scanner = new EventScanner({ onEvent: (event) => this.#take(dataOf(event)) })

  constructor({ path, contentType }: { path: string; contentType: string }) {
    const reading = readings.find(([pattern]) => pattern.test(path))
    this.#isStream = contentType.includes('event-stream')
    this.#isReading = reading !== undefined && (this.#isStream || contentType.includes('json'))
    this.#dialect = reading?.[1] ?? null
    this.#translation = this.#isStream && this.#dialect ? translateStream(this.#dialect, head) : null
  }

  push(chunk: Uint8Array): void {
    if (!this.#isReading) return
    this.#sizeBytes += chunk.length
    try {
      if (!this.#isStream) this.#chunks.push(chunk)
      else for (const piece of this.#translation?.push(chunk) ?? [chunk]) this.#scanner.push(piece)
      this.#isReading = this.#isStream || this.#sizeBytes <= MOST_BYTES
    } catch {
      this.#isReading = false // what cannot be read is still passed on
    }
  }

  end(): void {
    if (!this.#isReading) return
    if (this.#isStream) {
      for (const piece of this.#translation?.end() ?? []) this.#scanner.push(piece)
      return
    }
    const bytes = Buffer.concat(this.#chunks)
    this.#take(Buffer.from(this.#dialect ? translateWhole(this.#dialect, head, bytes) : bytes).toString('utf8'))
  }

  #take(text: string | null): void {
    try {
      if (text !== null) this.reply.add(JSON.parse(text))
    } catch {
      // An end mark, or no JSON: nothing is said of tokens.
    }
  }
}
