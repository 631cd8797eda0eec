import type { Command } from 'commander'
import { AssayError, type RequestRecord } from '@assay/core'
import { apiAction, withExample } from '../action.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { readFilter, withRequestFilter, type WrittenFilter } from './requests-filter.ts'

type Options = WrittenFilter & { last: string }

const MOST_BEFORE = 200

/** `assay requests tail`: what goes through the gateway, as it ends. */
export const tailCommand = (requests: Command, terminal: Terminal): void => {
  withExample(
    withRequestFilter(
      requests
        .command('tail')
        .description('Follow the log live, until Ctrl-C; a stream that breaks is taken up where it was.')
        .option('-n, --last <count>', 'How many of the newest to show first.', '10'),
    ),
    'assay requests tail --status failed',
  ).action(
    apiAction(terminal, async ({ connect, out }, options: Options) => {
      const last = readLast(options.last)
      const { client, through } = await connect()
      if (through === 'self') {
        const reason = 'No server runs for these data, so nothing goes through it.'
        throw new AssayError('usage.invalid', { reason, example: 'assay serve' })
      }
      const { requestLines } = await import('../print/requests.ts')
      const filter = await readFilter(options, client)
      const lines = requestLines({ out, now: terminal.now })
      const stop = new AbortController()
      // Nobody reads any more, as behind `| head`.
      terminal.stdout.once('error', () => stop.abort())
      const print = (rows: readonly RequestRecord[]) => {
        for (const row of rows) {
          if (out.json) out.event({ event: 'request', ...row })
          else for (const line of lines(row)) out.line(line)
        }
      }
      const { followRequests } = await import('../follow-requests.ts')
      await followRequests({ client, filter, last, print, note: out.note, now: terminal.now, signal: stop.signal })
    }),
  )
}

const readLast = (written: string): number => {
  const count = Number(written)
  if (Number.isInteger(count) && count >= 0 && count <= MOST_BEFORE && written.trim() !== '') return count
  const reason = `--last is a whole number from 0 to ${MOST_BEFORE}, but it is ${written}.`
  throw new AssayError('usage.invalid', { reason, example: '--last 20' })
}
