import { AssayError, type Timestamp } from '@assay/core'

/** Throws when what is being made would have ended before it began, as with a mistyped year. */
export const refusePast = (expiresAt: Timestamp | null, now: number): void => {
  if (expiresAt === null || Date.parse(expiresAt) > now) return
  const issues = [{ path: 'expiresAt', message: `${expiresAt} is past` }]
  throw new AssayError('input.invalid', { what: 'body', issues })
}
