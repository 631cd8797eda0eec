import { setTimeout as delay } from 'node:timers/promises'

/** Asks again until the answer is not undefined; throws what it waited for when that takes too long. */
export const until = async <Answer>(
  what: string,
  ask: () => Promise<Answer | undefined> | Answer | undefined,
  { timeoutMs = 20_000, everyMs = 50 } = {},
): Promise<Answer> => {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`)
    await delay(everyMs)
  }
}
