import { isAssayError } from '@assay/core'
import type { Egress } from '@assay/providers'
import { z } from 'zod'
import { builtInPlugin, builtInTool, Denied } from './built-in.ts'
import { readableText } from './readable-text.ts'

const MOST_PAGE_BYTES = 8 * 1024 * 1024
const TIMEOUT_MS = 30_000

/** Pages of the web, by the one way out: what it refuses, the agent is refused. */
export const fetchPlugin = (egress: Egress) =>
  builtInPlugin('fetch', () => [
    builtInTool(
      {
        name: 'fetch',
        description: 'Gets a page of the web as text; `start_index` goes on where the last part ended.',
        args: z.object({
          url: z.string().min(1).max(8_192),
          max_length: z.int().min(1).max(1_000_000).default(5_000),
          start_index: z.int().min(0).default(0),
          raw: z.boolean().default(false).describe('The page as it is, with its marks.'),
        }),
      },
      async ({ url, max_length: length, start_index: start, raw }, signal) => {
        const { status, contentType, text } = await getPage(egress, url, signal)
        if (status >= 300) throw new Error(`${url} answered with status ${status}`)
        const page = !raw && contentType.includes('html') ? readableText(text) : text
        const part = page.slice(start, start + length)
        const left = page.length - start - part.length
        return left > 0 ? `${part}\n[${left} characters more: start_index ${start + part.length}]` : part
      },
    ),
  ])

const getPage = async (egress: Egress, url: string, signal: AbortSignal) => {
  try {
    const page = await egress.send({
      method: 'GET',
      url,
      headers: { accept: 'text/html,text/plain,application/json,*/*;q=0.5', 'user-agent': 'assay-agent' },
      signal,
      firstByteTimeoutMs: TIMEOUT_MS,
      idleTimeoutMs: TIMEOUT_MS,
      maxBytes: MOST_PAGE_BYTES,
    })
    return { status: page.status, contentType: page.headers['content-type'] ?? '', text: await page.text() }
  } catch (error) {
    if (isAssayError(error, 'egress.denied') || isAssayError(error, 'egress.bad_url')) throw new Denied(error.message)
    throw error
  }
}
