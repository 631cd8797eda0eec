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

/** What an action gets that speaks to the control plane: nothing is opened before it has read its arguments. */
export type ApiContext = ActionContext & { connect: () => Promise<Connection> }

/** An action that speaks to the control plane, wherever that is; what it opened is closed behind it. */
export const apiAction = (
  terminal: Terminal,
  work: (context: ApiContext, ...words: never[]) => Promise<number | void>,
  options: ConnectOptions = {},
) =>
  action(terminal, async ({ out }, ...words: never[]) => {
    await using opened = new AsyncDisposableStack()
    const interrupt = () => {
      // Ctrl-C: what this process opened is closed, then it ends; a second one does not wait.
      const end = () => process.exit(INTERRUPTED)
      process.once('SIGINT', end)
      opened.disposeAsync().then(end, end)
    }
    const open = async (): Promise<Connection> => {
      process.once('SIGINT', interrupt)
      opened.defer(() => void process.removeListener('SIGINT', interrupt))
      return opened.use(
        await connect(terminal, {
          ...options,
          onNewData: (dataDir) =>
            out.note(`There were no data in ${dataDir}, so they begin here; ASSAY_DATA or ASSAY_URL names others.`),
        }),
      )
    }
    return await work({ out, terminal, connect: open }, ...words)
  })

/** Ends the help of a command with lines that can be run as they stand. */
export const withExample = (command: Command, ...examples: readonly string[]): Command =>
  command.addHelpText(
    'after',
    `\nExample${examples.length > 1 ? 's' : ''}:\n${examples.map((example) => `  $ ${example}`).join('\n')}`,
  )
