import { Command } from 'commander'
import { readVersion } from './version.ts'
import type { Terminal } from './terminal/terminal.ts'
import { alertsCommand } from './commands/alerts.ts'
import { assertCommand } from './commands/assert.ts'
import { benchCommand } from './commands/bench.ts'
import { cacheCommand } from './commands/cache.ts'
import { completionCommand } from './commands/completion.ts'
import { configCommand } from './commands/config.ts'
import { dbCommand } from './commands/db.ts'
import { demoCommand } from './commands/demo.ts'
import { doctorCommand } from './commands/doctor.ts'
import { failuresCommand } from './commands/failures.ts'
import { gateCommand } from './commands/gate.ts'
import { gatewayKeysCommand } from './commands/gateway-keys.ts'
import { initCommand } from './commands/init.ts'
import { keysCommand } from './commands/keys.ts'
import { openCommand } from './commands/open.ts'
import { guardsCommand } from './commands/guards.ts'
import { reportCommand } from './commands/report.ts'
import { routerCommand } from './commands/router.ts'
import { requestsCommand } from './commands/requests.ts'
import { runsCommand } from './commands/runs.ts'
import { schedulesCommand } from './commands/schedules.ts'
import { serveCommand } from './commands/serve.ts'
import { suitesCommand } from './commands/suites.ts'
import { testCommand } from './commands/test.ts'
import { testsCommand } from './commands/tests.ts'

/** Adds one command; what is heavy it loads when it runs. */
type AddCommand = (program: Command, terminal: Terminal) => void

const groups: [heading: string, commands: AddCommand[]][] = [
  ['Start', [serveCommand, demoCommand, openCommand]],
  [
    'Traffic',
    [keysCommand, gatewayKeysCommand, requestsCommand, cacheCommand, guardsCommand, routerCommand, reportCommand],
  ],
  ['Test', [initCommand, testCommand, benchCommand, assertCommand, suitesCommand, runsCommand]],
  ['Production', [failuresCommand, testsCommand, gateCommand, schedulesCommand, alertsCommand]],
  ['Operate', [configCommand, doctorCommand, dbCommand, completionCommand]],
]

const HELP_WIDTH = 100

/** The whole `assay` command. */
export const createProgram = (terminal: Terminal): Command => {
  const { stdout, stderr } = terminal
  const program = new Command('assay')
    .description('A self-hosted gateway and test bench for applications built on large language models.')
    .version(readVersion(), '-V, --version', 'Print the version.')
    .helpOption('-h, --help', 'Show this help.')
    .helpCommand(false)
    // What follows a command belongs to it, so that one with subcommands may share its switches with them.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      outputError: () => {}, // run.ts prints every error in one shape.
      getOutHelpWidth: () => Math.min(HELP_WIDTH, stdout.columns ?? HELP_WIDTH),
      getErrHelpWidth: () => Math.min(HELP_WIDTH, stderr.columns ?? HELP_WIDTH),
    })
  program.addHelpText('after', '\nExample:\n  $ assay demo')
  for (const [heading, commands] of groups) {
    program.commandsGroup(`${heading}:`)
    for (const add of commands) add(program, terminal)
  }
  for (const command of program.commands) finish(command)
  return program
}

const outputOptions = [
  ['--json', 'Print JSON for machines.'],
  ['--quiet', 'Print the result only, no remarks.'],
  ['--verbose', 'Show the cause of an error.'],
] as const

/** Gives every command that does something the switches all have, unless it brings its own. */
const finish = (command: Command): void => {
  for (const child of command.commands) finish(child)
  if (command.commands.length > 0) {
    command.helpCommand(false)
    // One that takes arguments does something itself, beside its subcommands.
    if (command.registeredArguments.length === 0) return
  }
  for (const [flag, description] of outputOptions) {
    if (!command.options.some(({ long }) => long === flag)) command.option(flag, description)
  }
}
