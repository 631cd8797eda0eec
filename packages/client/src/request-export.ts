import type { RequestFilter } from '@assay/core'
import { errorOfAnswer, isClientError, timedOut, unreachable } from './client-error.ts'

/** As a table for people, or as one JSON object a line. */
export const exportFormats = ['csv', 'ndjson'] as const
export type ExportFormat = (typeof exportFormats)[number]

/** The request log as a file, in pieces as they come; it may take as long as it takes. */
export type ExportRequests = (
  call?: { format?: ExportFormat; query?: RequestFilter },
  options?: { signal?: AbortSignal },
) => Promise<ReadableStream<Uint8Array>>

/** Where the log is had as a file; a browser may be sent there too. */
export const exportPath = (format: ExportFormat, query: RequestFilter = {}): string => {
  const search = new URLSearchParams({ format })
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, value)
  return `/api/v1/requests/export?${search.toString()}`
}

type Connection = {
  send: typeof globalThis.fetch
  base: string
  headers: Record<string, string>
  timeoutMs: number
}

/** How the log is fetched as a file; only its beginning has a time limit. */
export const exportsOf =
  ({ send, base, headers, timeoutMs }: Connection): ExportRequests =>
  async ({ format = 'csv', query } = {}, { signal } = {}) => {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), timeoutMs)
    try {
      const response = await send(base + exportPath(format, query), {
        headers,
        signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal,
      })
      if (!response.ok) throw await errorOfAnswer(response)
      return response.body ?? new ReadableStream({ start: (stream) => stream.close() })
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      if (late.signal.aborted) throw timedOut(base, timeoutMs)
      throw isClientError(error) ? error : unreachable(base, error)
    } finally {
      clearTimeout(timer)
    }
  }
