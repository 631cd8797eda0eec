import type { PlannedCase } from '@assay/core'
import type { Line } from './line.ts'

/** One model's part of the run: what is left of it and how many calls it stands at once. */
export class Track {
  readonly model: string
  readonly line: Line
  readonly #cases: Iterator<PlannedCase>
  /** Looked at and not yet taken. */
  #next: PlannedCase | null = null
  #isDone = false

  constructor({ model, line, cases }: { model: string; line: Line; cases: Iterator<PlannedCase> }) {
    this.model = model
    this.line = line
    this.#cases = cases
  }

  /** True once it was found that nothing is left. */
  get isDone(): boolean {
    return this.#isDone
  }

  /** The case whose turn it is; null when there is none left. */
  peek(): PlannedCase | null {
    if (this.#next || this.#isDone) return this.#next
    const next = this.#cases.next()
    if (next.done) this.#isDone = true
    else this.#next = next.value
    return this.#next
  }

  /** The case whose turn it was is dealt with. */
  take(): void {
    this.#next = null
  }
}
