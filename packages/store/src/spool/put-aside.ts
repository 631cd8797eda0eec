import { appendFile, readFile } from 'node:fs/promises'
import type { Log } from '@assay/core'
import { segmentPath } from './segment-files.ts'

/** Keeps what cannot be read or stored beside its segment, in a file that ends in `.bad`, for a person to look at. */
export const createPutAside = ({ dir, log }: { dir: string; log: Log }) => {
  let count = 0
  return {
    put: async (number: number, lines: readonly string[]): Promise<void> => {
      const path = `${segmentPath(dir, number)}.bad`
      const earlier = new Set((await readFile(path, 'utf8').catch(() => '')).split('\n'))
      const fresh = lines.filter((line) => !earlier.has(line)) // a segment is read again at each retry
      if (fresh.length === 0) return
      await appendFile(path, fresh.map((line) => `${line}\n`).join(''), { mode: 0o600 })
      count += fresh.length
      log.error(
        { segment: number, lines: fresh.length },
        'records of the spool were put aside; see the file that ends in .bad',
      )
    },
    count: (): number => count,
  }
}
