import type { JSONRPCMessage, MCPTransport } from '@ai-sdk/mcp'
import { startChild, type Child, type ChildCommand } from './child.ts'

/** An answer longer than this is none that anybody reads. */
const MOST_LINE_BYTES = 64 * 1024 * 1024

/** MCP with a program of its own: one message a line, on its standard input and output. */
export class StdioTransport implements MCPTransport {
  readonly #command: ChildCommand
  #child: Child | null = null
  #pieces: Buffer[] = []
  #sizeBytes = 0
  onclose?: () => void
  onerror?: (error: Error) => void
  onmessage?: (message: JSONRPCMessage) => void

  constructor(command: ChildCommand) {
    this.#command = command
  }

  async start(): Promise<void> {
    this.#child = await startChild(this.#command)
    const { process } = this.#child
    process.stdout.on('data', (chunk: Buffer) => this.#read(chunk))
    process.once('close', () => this.onclose?.())
  }

  send(message: JSONRPCMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      const stdin = this.#child?.process.stdin
      if (!stdin?.writable) return reject(new Error('it does not listen any more'))
      stdin.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()))
    })
  }

  async close(): Promise<void> {
    await this.#child?.end()
  }

  /** How the program ended, if it did, and what it said last. */
  ending(): string {
    const { process } = this.#child ?? {}
    const how =
      process?.signalCode != null
        ? `ended by ${process.signalCode}`
        : process?.exitCode != null
          ? `ended with ${process.exitCode}`
          : null
    const words = this.#child?.lastWords() ?? ''
    return [how, words && `it said: ${words}`].filter(Boolean).join('; ')
  }

  #read(chunk: Buffer): void {
    let rest = chunk
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      this.#pieces.push(rest.subarray(0, end))
      rest = rest.subarray(end + 1)
      const line = Buffer.concat(this.#pieces).toString('utf8')
      this.#pieces = []
      this.#sizeBytes = 0
      this.#take(line)
    }
    if (rest.length === 0) return
    this.#pieces.push(rest)
    this.#sizeBytes += rest.length
    if (this.#sizeBytes > MOST_LINE_BYTES) this.#child?.process.kill('SIGKILL')
  }

  #take(line: string): void {
    if (line.trim() === '') return
    try {
      this.onmessage?.(JSON.parse(line) as JSONRPCMessage)
    } catch (error) {
      // Some programs greet on standard output; what is no message is not heeded.
      this.onerror?.(error as Error)
    }
  }
}
