import type { Command } from 'commander'
import { connect, type Connection, type ConnectOptions } from './connect.ts'
import { createOutput, type Output, type OutputOptions } from './terminal/output.ts'
import type { Terminal } from './terminal/terminal.ts'

const INTERRUPTED = 130

/** What an action gets beside its arguments. */
export type ActionContext = { out: Output; terminal: Terminal }

/** An action of a command: its arguments and options after the context. A number it answers is the exit code. */
export const action =
  <Words extends unknown[]>(
    terminal: Terminal,
    work: (context: ActionContext, ...words: Words) => Promise<number | void>,
  ) =>
  async (...words: unknown[]): Promise<void> => {
    const command = words.at(-1) as Command
    const out = createOutput(terminal, command.opts<OutputOptions>())
    const exitCode = await work({ out, terminal }, ...(words as Words))
    if (exitCode !== undefined) process.exitCode = exitCode
  }

/** An action that speaks to the control plane, wherever that is; it is closed behind the action. */
export const apiAction = (
  terminal: Terminal,
  work: (context: ActionContext & Pick<Connection, 'client' | 'through'>, ...words: never[]) => Promise<number | void>,
  options: ConnectOptions = {},
) =>
  action(terminal, async ({ out }, ...words: never[]) => {
    await using connection = await connect(terminal, options)
    const interrupt = () => {
      // Ctrl-C: what this process opened is closed, then it ends; a second one does not wait.
      const end = () => process.exit(INTERRUPTED)
      process.once('SIGINT', end)
      connection[Symbol.asyncDispose]().then(end, end)
    }
    process.once('SIGINT', interrupt)
    try {
      return await work({ out, terminal, client: connection.client, through: connection.through }, ...words)
    } finally {
      process.removeListener('SIGINT', interrupt)
    }
  })

/** Ends the help of a command with a line that can be run as it stands. */
export const withExample = (command: Command, example: string): Command =>
  command.addHelpText('after', `\nExample:\n  $ ${example}`)
