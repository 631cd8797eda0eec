import type { RequestLosses } from '../dialect/caller.ts'

/** What of a request cannot be told in chat completions, collected while it is read. */
export class Losses {
  readonly #only: { path: string; reason: string }[] = []
  readonly #dropped = new Set<string>()

  /** Only a provider that speaks the Responses API itself can do this. */
  only(path: string, reason: string): void {
    this.#only.push({ path, reason })
  }

  /** Every other provider does without it. */
  drop(name: string): void {
    this.#dropped.add(name)
  }

  get all(): RequestLosses {
    return { only: this.#only, dropped: [...this.#dropped] }
  }
}
