import type { Command } from 'commander'
import { action, withExample } from '../action.ts'
import { completionScript, shells } from '../print/completion.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** `assay completion`: a script that completes commands and flags in a shell. */
export const completionCommand = (program: Command, terminal: Terminal): void => {
  withExample(
    program
      .command('completion')
      .argument('<shell>', 'bash, zsh or fish.')
      .description('Print a completion script for a shell.'),
    'assay completion bash > ~/.local/share/bash-completion/completions/assay',
  ).action(
    action(terminal, async ({ out }, written: string) => {
      const shell = shells.find((name) => name === written)
      if (!shell) {
        const { AssayError } = await import('@assay/core')
        throw new AssayError('usage.invalid', {
          reason: `There is no completion for ${written}; there is one for ${shells.join(', ')}.`,
          example: 'assay completion bash',
        })
      }
      const script = completionScript(shell, program)
      out.show({ shell, script }, () => script)
    }),
  )
}
