import type { FailureContext } from './report-of-error.ts'

type Report = (error: unknown, context?: FailureContext) => void

/** A server's entry as edge runtimes take it: an object with a `fetch`. */
export type FetchHandler = { fetch: (request: Request, ...rest: never[]) => Response | Promise<Response> }

/** A function, or an object with a `fetch`, whose failures are reported and then thrown on. */
export type Wrap = {
  <Handler extends FetchHandler>(handler: Handler, context?: FailureContext): Handler
  <Given extends unknown[], Result>(
    work: (...given: Given) => Result,
    context?: FailureContext,
  ): (...given: Given) => Result
}

/** What is given back and thrown stays the same; an answer of 500 or more of a fetch handler counts as failed too. */
export const createWrap = (report: Report): Wrap => {
  const wrapFunction =
    <Given extends unknown[], Result>(work: (...given: Given) => Result, context: FailureContext = {}) =>
    (...given: Given): Result => {
      const told = contextOf(given[0], context)
      const fail = (error: unknown): never => {
        report(error, told)
        throw error
      }
      const look = <Answer>(answer: Answer): Answer => {
        if (isResponse(answer) && answer.status >= 500) report(serverError(answer.status, given[0]), told)
        return answer
      }
      try {
        const result = work(...given)
        return result instanceof Promise ? (result.then(look, fail) as typeof result) : look(result)
      } catch (error) {
        return fail(error)
      }
    }
  const wrapAny = (work: FetchHandler | ((...given: unknown[]) => unknown), context?: FailureContext): unknown => {
    if (typeof work === 'function') return wrapFunction(work, context)
    return { ...work, fetch: wrapFunction(work.fetch.bind(work), context) }
  }
  return wrapAny as Wrap
}

/** Method and path of the request that a fetch handler was given; its query may hold anything. */
const contextOf = (given: unknown, context: FailureContext): FailureContext =>
  isRequest(given)
    ? { ...context, context: { method: given.method, path: pathOf(given.url), ...context.context } }
    : context

const serverError = (status: number, given: unknown): Error & { status: number } => {
  const asked = isRequest(given) ? ` to ${given.method} ${pathOf(given.url)}` : ''
  return Object.assign(new Error(`The answer${asked} has status ${status}.`), { name: 'ServerError', status })
}

const pathOf = (url: string): string => {
  try {
    return new URL(url).pathname.slice(0, 200)
  } catch {
    return ''
  }
}

const isRequest = (value: unknown): value is Request =>
  typeof globalThis.Request === 'function' && value instanceof globalThis.Request

const isResponse = (value: unknown): value is Response =>
  typeof globalThis.Response === 'function' && value instanceof globalThis.Response
