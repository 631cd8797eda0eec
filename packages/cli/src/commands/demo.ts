import type { Command } from 'commander'
import { action, withExample } from '../action.ts'
import type { DemoOptions } from '../demo/demo.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** `assay demo`: the whole loop, from nothing. */
export const demoCommand = (program: Command, terminal: Terminal): void => {
  withExample(
    program
      .command('demo')
      .description('Show the whole loop on the built-in models and the embedded database: no key, nothing to set up.')
      .option('--exit', 'End after the last step instead of serving on.'),
    'assay demo --exit',
  ).action(
    action(terminal, async ({ out }, { exit = false, verbose = false }: Partial<DemoOptions>) => {
      const { runDemo } = await import('../demo/demo.ts')
      await runDemo(terminal, out, { exit, verbose })
    }),
  )
}
