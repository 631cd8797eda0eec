import type { Command } from 'commander'
import { action, withExample } from '../action.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { untilStopped } from '../until-stopped.ts'

/** `assay serve`: the gateway, its jobs and its pages. */
export const serveCommand = (program: Command, terminal: Terminal): void => {
  withExample(
    program
      .command('serve')
      .description('Start the gateway, its jobs and its pages; the environment configures it, see `assay config`.'),
    'ASSAY_PORT=9000 assay serve',
  ).action(
    action(terminal, async ({ out }, { verbose = false }: { verbose?: boolean }) => {
      const stopped = untilStopped()
      const [{ serve }, { readConfig }, { createLog }] = await Promise.all([
        import('@assay/server'),
        import('@assay/core'),
        import('../terminal/log.ts'),
      ])
      const log = createLog(terminal, { level: verbose ? 'debug' : out.quiet ? 'error' : 'info' })
      const service = await serve(readConfig(terminal.environment), { log })
      const { url, signInUrl } = service
      out.event({ event: 'listening', url, signInUrl, pid: process.pid })
      out.line(`Assay listens on ${out.colours.bold(url)}`)
      out.line(`Sign in once at  ${out.colours.cyan(signInUrl)}`)
      await stopped
      out.note('Stopping: what has begun is finished first; another Ctrl-C ends it at once.')
      await service.close()
    }),
  )
}
