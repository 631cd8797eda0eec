import type { CallerDialect } from '../dialect/caller.ts'

/**
 * The half of a caller's dialect that speaks of streams and of passing bytes, for operations that have neither: no
 * provider is called in the caller's own bytes.
 */
export const unstreamed: Pick<CallerDialect, 'provider' | 'dialect' | 'isEnd' | 'stream' | 'brokenEvent'> = {
  provider: '',
  dialect: { read: () => ({ read: () => {}, readWhole: () => false, end: () => {} }) },
  isEnd: () => false,
  stream: () => ({ push: () => '', end: () => '' }),
  brokenEvent: (body) => `data: ${body}\n\n`,
}
