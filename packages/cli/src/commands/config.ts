import type { Command } from 'commander'
import { action, withExample } from '../action.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** `assay config`: what the environment says, as this process understands it. */
export const configCommand = (program: Command, terminal: Terminal): void => {
  withExample(
    program.command('config').description('Print the configuration read from the environment, secrets masked.'),
    'assay config',
  ).action(
    action(terminal, async ({ out }) => {
      const { configText, settings } = await import('../print/config.ts')
      const rows = settings(terminal.environment)
      out.show(Object.fromEntries(rows.map(({ name, value }) => [name, value])), () => configText(rows, out))
    }),
  )
}
