import type { StoredTurn } from './journal.ts'
import type { Target } from './target.ts'

/** Answers with what was said in an earlier run: nothing is called. */
export const storedTarget = (turns: readonly StoredTurn[]): Target => ({
  answer: ({ number }) => {
    const turn = turns[number - 1]
    if (turn) return Promise.resolve({ ...turn, isCached: true })
    return Promise.reject(new Error(`turn ${number} was not kept: run the case anew`))
  },
})
