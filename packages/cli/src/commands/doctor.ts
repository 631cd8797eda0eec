import type { Command } from 'commander'
import { action, withExample } from '../action.ts'
import type { Terminal } from '../terminal/terminal.ts'

const UNFIT = 2

/** `assay doctor`: is everything here that a start needs? */
export const doctorCommand = (program: Command, terminal: Terminal): void => {
  withExample(
    program
      .command('doctor')
      .description('Check what a start needs: Node, configuration, port, data, database, disk, keys, clock.')
      .option('--routes', 'Print who may call which route instead.'),
    'assay doctor',
  ).action(
    action(terminal, async ({ out }, { routes = false }: { routes?: boolean }) => {
      if (routes) {
        const { accessRows, accessTable } = await import('../print/routes.ts')
        return out.list(accessRows(), (rows) => accessTable(rows, out), '')
      }
      const [{ examine }, { findingText }] = await Promise.all([import('../doctor.ts'), import('../print/doctor.ts')])
      let isFit = true
      for await (const finding of examine(terminal)) {
        if (finding.status === 'fail') isFit = false
        out.event({ event: 'finding', ...finding })
        out.line(findingText(finding, out.colours))
      }
      return isFit ? 0 : UNFIT
    }),
  )
}
