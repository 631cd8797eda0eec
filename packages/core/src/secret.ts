/**
 * A text that must not be seen: printed, logged, serialised or inspected it says `[redacted]`. Only `open()` gives
 * the text, and only the vault and the egress function call it.
 */
export class Secret {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  open(): string {
    return this.#text
  }

  toString(): string {
    return '[redacted]'
  }

  toJSON(): string {
    return '[redacted]'
  }

  /** What Node's `util.inspect`, and with it `console.log`, shows. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[redacted]'
  }
}

/** First three and last four characters of a secret; one under 12 characters shows nothing of itself. */
export const maskSecret = (text: string): string =>
  text.length < 12 ? '****' : `${text.slice(0, 3)}…${text.slice(-4)}`
