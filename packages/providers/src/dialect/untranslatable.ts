import { AssayError } from '@assay/core'

/** Refuses a request of which a part that matters would be lost. */
export const untranslatable = (provider: string, path: string, reason: string): AssayError<'gateway.untranslatable'> =>
  new AssayError('gateway.untranslatable', { provider, path, reason })
