import { AssayError, catalogue, isAssayError, type ErrorCode, type Log } from '@assay/core'

/** The body of every error of the control plane. */
export type Problem = {
  error: { code: ErrorCode; message: string; hint: string; details?: Record<string, unknown>; requestId: string }
}

/** An error of ours as the body of its answer. */
export const problemOf = (error: AssayError, requestId: string): Problem => {
  const details = error.details as Record<string, unknown>
  return {
    error: {
      code: error.code,
      message: error.message,
      hint: error.hint,
      ...(Object.keys(details).length > 0 ? { details } : {}),
      requestId,
    },
  }
}

/** Turns whatever was thrown into an error of the catalogue; what nobody foresaw goes to the log and shows nothing. */
export const asAssayError = (error: unknown, { log, requestId }: { log: Log; requestId: string }): AssayError => {
  if (isAssayError(error)) {
    if (catalogue[error.code].status >= 500) log.error({ requestId, error, cause: error.cause }, error.message)
    return error
  }
  const refused = refusalOfFramework(error)
  if (refused) return refused
  log.error({ requestId, error }, 'a request ended unexpectedly')
  return new AssayError('internal.unexpected', {}, { cause: error })
}

type FrameworkError = { code: string; statusCode: number; message: string }

/** What Fastify refuses by itself, before a handler runs. */
const refusalOfFramework = (error: unknown): AssayError | null => {
  if (!isFrameworkError(error) || error.statusCode >= 500) return null
  return new AssayError('input.bad_request', { reason: error.message.replace(/\.$/, '') }, { cause: error })
}

const isFrameworkError = (error: unknown): error is FrameworkError =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  error.code.startsWith('FST_') &&
  'statusCode' in error &&
  typeof error.statusCode === 'number'
