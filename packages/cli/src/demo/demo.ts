import { silentLog } from '@assay/core'
import { createLog } from '../terminal/log.ts'
import type { Output } from '../terminal/output.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { duration } from '../print/time.ts'
import { untilStopped } from '../until-stopped.ts'
import { createNarrator } from './narrator.ts'
import { setStage, type Stage } from './stage.ts'
import { tellStory } from './story.ts'

/** `exit`: end after the story. `verbose`: show the log of the server too. */
export type DemoOptions = { exit: boolean; verbose: boolean }

/** Starts everything, tells the story, and serves on until it is stopped, unless it is to exit. */
export const runDemo = async (terminal: Terminal, out: Output, { exit, verbose }: DemoOptions): Promise<void> => {
  const startedMs = performance.now()
  const stopped = untilStopped(terminal.stdout)
  const narrator = createNarrator(terminal, out)
  await using opened = new AsyncDisposableStack()
  let stage: Stage | undefined
  narrator.heading('Assay: a gateway and a test bench, one process, nothing to set up')
  const story = (async () => {
    await narrator.step('start', async () => {
      stage = opened.use(await setStage(terminal, verbose ? createLog(terminal, { level: 'debug' }) : silentLog))
      const tookMs = performance.now() - startedMs
      const { url, takenPort, dataDir } = stage
      return {
        line: `database, gateway and pages at ${out.colours.bold(url)} in ${duration(tookMs)}`,
        more: takenPort === null ? [] : [`port ${takenPort} is taken, so this is the next free one`],
        figures: { url, dataDir, takenPort, readyMs: Math.round(tookMs) },
      }
    })
    await tellStory({ stage: stage!, narrator, colours: out.colours })
  })()
  if ((await Promise.race([story, stopped])) === 'stopped') return void (process.exitCode = INTERRUPTED)
  const tookMs = Math.round(performance.now() - startedMs)
  out.event({ event: 'finished', ok: true, tookMs, url: stage!.url, signInUrl: stage!.signInUrl })
  narrator.say(`\nAll of it was read back from the API, in ${duration(tookMs)}.`)
  if (exit) return
  narrator.say(farewell(stage!, out))
  await stopped
}

const INTERRUPTED = 130

const farewell = ({ signInUrl, dataDir, isTemporary }: Stage, { colours }: Output): string => {
  const data = `ASSAY_DATA=${dataDir}`
  return [
    '',
    `Look around:  ${colours.bold(colours.cyan(signInUrl))}`,
    '',
    'Try in another terminal:',
    `  ${data} npx assay tests list`,
    `  ${data} npx assay failures list`,
    `  ${data} npx assay requests list --limit 10`,
    '',
    colours.dim(isTemporary ? 'Ctrl-C ends it and removes its data.' : `Ctrl-C ends it; the data stay in ${dataDir}.`),
  ].join('\n')
}
