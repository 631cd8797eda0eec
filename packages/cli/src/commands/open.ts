import type { Command } from 'commander'
import { apiAction, withExample } from '../action.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** `assay open`: a new one-time link to the pages. */
export const openCommand = (program: Command, terminal: Terminal): void => {
  withExample(
    program.command('open').description('Make a new one-time link that signs you in to the pages of a running server.'),
    'assay open',
  ).action(
    apiAction(terminal, async ({ connect, out }) => {
      const { client, through } = await connect()
      if (through === 'self') {
        const { AssayError } = await import('@assay/core')
        throw new AssayError('usage.invalid', {
          reason: 'No server runs on this data directory, so there are no pages to open.',
          example: 'assay serve',
        })
      }
      const link = await client.createSignInLink({})
      out.show(link, ({ url }) => url)
      out.note(`It works once, until ${link.expiresAt}.`)
    }),
  )
}
