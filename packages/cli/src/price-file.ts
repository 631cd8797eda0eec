import type { Client } from '@assay/client'
import type { PriceRow, PriceTable } from '@assay/core'
import { readPages } from './pages.ts'
import type { Terminal } from './terminal/terminal.ts'

const MOST_BYTES = 32 * 1024 * 1024

/** Reads a price table from a file or an address, in our own format or in LiteLLM's. */
export const readTable = async (
  from: string,
  { client, terminal }: { client: Client; terminal: Terminal },
): Promise<PriceTable> => {
  const { AssayError, readPriceTable, timestamp } = await import('@assay/core')
  const text = /^https?:\/\//.test(from) ? await download(from, terminal) : await readFile(from)
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new AssayError('input.bad_json', { what: 'price table', reason: (error as Error).message }, { cause: error })
  }
  const prices = await readPages({ limit: 20_000 }, (query) => client.listPrices({ query }))
  const current = prices.map(({ origin: _origin, ...row }): PriceRow => row)
  return readPriceTable(json, { current, today: timestamp(terminal.now()).slice(0, 10), source: from.slice(0, 500) })
}

const readFile = async (path: string): Promise<string> => {
  const { readFile: read } = await import('node:fs/promises')
  try {
    return await read(path, 'utf8')
  } catch (error) {
    const { AssayError } = await import('@assay/core')
    const reason = `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}.`
    throw new AssayError('usage.invalid', { reason, example: '--from prices.json' }, { cause: error })
  }
}

const download = async (url: string, { environment }: Terminal): Promise<string> => {
  const [{ AssayError, readConfig, silentLog }, { createEgress }] = await Promise.all([
    import('@assay/core'),
    import('@assay/providers'),
  ])
  await using egress = createEgress({ allow: readConfig(environment).ASSAY_EGRESS_ALLOW, log: silentLog })
  const answer = await egress.send({
    method: 'GET',
    url,
    headers: { accept: 'application/json' },
    maxBytes: MOST_BYTES,
  })
  const text = await answer.text()
  if (answer.status === 200) return text
  throw new AssayError('usage.invalid', { reason: `${url} answers ${answer.status}.`, example: '--from prices.json' })
}
