import { catalogue } from '@assay/core'

/** What a server said was wrong, or that none could be asked: the same words wherever it is shown. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: string
  readonly hint: string
  readonly status: number
  readonly details: Record<string, unknown>
  readonly requestId: string | null

  constructor(problem: ClientProblem, options?: { cause?: unknown }) {
    super(problem.message, options)
    this.code = problem.code
    this.hint = problem.hint
    this.status = problem.status
    this.details = problem.details ?? {}
    this.requestId = problem.requestId ?? null
  }
}

export type ClientProblem = {
  code: string
  message: string
  hint: string
  status: number
  details?: Record<string, unknown> | undefined
  requestId?: string | null | undefined
}

/** True for an error of a call, of any code or of the given one. */
export const isClientError = (error: unknown, code?: string): error is ClientError =>
  error instanceof ClientError && (code === undefined || error.code === code)

/** The error that an answer other than 2xx carries; one that is not ours still says what came. */
export const errorOfAnswer = async (response: Response): Promise<ClientError> => {
  const text = await response.text().catch(() => '')
  const requestId = response.headers.get('x-assay-request-id')
  const problem = problemIn(text)
  if (problem) return new ClientError({ requestId, ...problem, status: response.status })
  const details = { url: response.url, status: response.status }
  const { message, hint } = catalogue['client.bad_answer']
  const words = { code: 'client.bad_answer', message: message(details), hint: hint(details) }
  return new ClientError({ ...words, status: response.status, details, requestId })
}

/** No answer came at all. */
export const unreachable = (url: string, cause: unknown): ClientError => {
  const details = { url, reason: reasonOf(cause) }
  const { message, hint, status } = catalogue['client.unreachable']
  const words = { code: 'client.unreachable', message: message(details), hint: hint(details) }
  return new ClientError({ ...words, status, details }, { cause })
}

/** The server took the call and did not answer in time. */
export const timedOut = (url: string, timeoutMs: number): ClientError => {
  const details = { url, timeoutMs }
  const { message, hint, status } = catalogue['client.timeout']
  return new ClientError({ code: 'client.timeout', message: message(details), hint: hint(details), status, details })
}

const problemIn = (text: string): Omit<ClientProblem, 'status'> | null => {
  try {
    const { error } = JSON.parse(text) as { error?: Partial<ClientProblem> }
    if (typeof error?.code !== 'string' || typeof error.message !== 'string') return null
    const { code, message, hint = '', details, requestId } = error
    return { code, message, hint, details, ...(requestId ? { requestId } : {}) }
  } catch {
    return null
  }
}

/** `fetch` hides what happened in the causes: `fetch failed` says less than `ECONNREFUSED 127.0.0.1:1`. */
const reasonOf = (error: unknown): string => {
  let deepest = error
  for (let depth = 0; depth < 5 && deepest instanceof Error && deepest.cause instanceof Error; depth++) {
    deepest = deepest.cause
  }
  if (!(deepest instanceof Error)) return String(deepest)
  const code = (deepest as { code?: unknown }).code
  return deepest.message || (typeof code === 'string' ? code : deepest.name)
}
