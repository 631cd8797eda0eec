import { connect, type Socket } from 'node:net'

/** How one answer came. */
export type Heard = {
  status: number
  /** From asking to the first byte of the body. */
  firstMs: number
  /** From asking to its end. */
  wholeMs: number
  /** In how many pieces its body was read. */
  reads: number
}

/** A request as the bytes that are sent, so that asking again costs the load generator next to nothing. */
export const requestBytes = (given: { url: string; headers: Record<string, string>; body: string }): Buffer => {
  const { host, pathname } = new URL(given.url)
  const headers = { host, 'content-type': 'application/json', ...given.headers }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const length = `content-length: ${Buffer.byteLength(given.body)}\r\n`
  return Buffer.from(`POST ${pathname} HTTP/1.1\r\n${lines.join('')}${length}\r\n${given.body}`)
}

const HEAD_END = Buffer.from('\r\n\r\n')
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n')

/**
 * One connection that asks one thing after the other. It reads no more of an answer than its status and where it ends,
 * because whatever it takes itself is taken from the processor that is measured.
 */
export class Connection {
  readonly #socket: Socket
  readonly #name: string
  #heard: Buffer[] = []
  #status = 0
  /** Of the body; null: it comes in chunks. */
  #missing: number | null = null
  #tail = Buffer.alloc(0)
  #askedAt = 0
  #firstMs = 0
  #reads = 0
  #settle: { resolve: (heard: Heard) => void; reject: (error: Error) => void } | null = null

  constructor(url: string) {
    const { hostname, port } = new URL(url)
    this.#name = url
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true })
    this.#socket.on('data', (bytes) => this.#take(bytes))
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('close', () => this.#fail(new Error(`${url} closed the connection`)))
  }

  ask(bytes: Buffer): Promise<Heard> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      this.#heard = []
      this.#status = 0
      this.#firstMs = 0
      this.#reads = 0
      this.#askedAt = performance.now()
      this.#socket.write(bytes)
    })
  }

  close(): void {
    this.#settle = null
    this.#socket.destroy()
  }

  #take(bytes: Buffer): void {
    const body = this.#status === 0 ? this.#readHead(bytes) : bytes
    if (body === null || body.length === 0) return
    this.#firstMs ||= performance.now() - this.#askedAt
    this.#reads++
    if (this.#missing !== null) {
      this.#missing -= body.length
      if (this.#missing <= 0) this.#end()
      return
    }
    this.#tail = Buffer.concat([this.#tail, body.subarray(-LAST_CHUNK.length)]).subarray(-LAST_CHUNK.length)
    if (this.#tail.equals(LAST_CHUNK)) this.#end()
  }

  /** What of these bytes is body; null while the head is not whole. */
  #readHead(bytes: Buffer): Buffer | null {
    this.#heard.push(bytes)
    const heard = this.#heard.length === 1 ? bytes : Buffer.concat(this.#heard)
    const end = heard.indexOf(HEAD_END)
    if (end < 0) return null
    const head = heard.toString('latin1', 0, end)
    this.#status = Number(head.slice(9, 12))
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    this.#missing = length === undefined ? null : Number(length)
    this.#tail = Buffer.alloc(0)
    if (this.#status !== 200) this.#fail(new Error(`HTTP ${this.#status} from ${this.#name}: ${heard.toString()}`))
    return heard.subarray(end + HEAD_END.length)
  }

  #end(): void {
    const settle = this.#settle
    this.#settle = null
    const { firstMs, wholeMs } = { firstMs: this.#firstMs, wholeMs: performance.now() - this.#askedAt }
    settle?.resolve({ status: this.#status, firstMs, wholeMs, reads: this.#reads })
  }

  #fail(error: Error): void {
    const settle = this.#settle
    this.#settle = null
    settle?.reject(error)
  }
}
