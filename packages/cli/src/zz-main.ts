import { Command } from 'commander'
import { assertCommand } from './commands/assert.ts'
import { initCommand } from './commands/init.ts'
import { testCommand } from './commands/test.ts'
import { processTerminal } from './terminal/terminal.ts'
import { reportProblem } from './terminal/problem.ts'
const terminal = processTerminal()
const program = new Command('assay')
for (const add of [assertCommand, initCommand, testCommand]) add(program, terminal)
for (const c of program.commands)
  for (const f of ['--json', '--quiet', '--verbose']) if (!c.options.some((o) => o.long === f)) c.option(f)
try {
  await program.parseAsync(process.argv.slice(2), { from: 'user' })
} catch (e) {
  process.exitCode = reportProblem(terminal, e, { json: process.argv.includes('--json'), verbose: false })
}
