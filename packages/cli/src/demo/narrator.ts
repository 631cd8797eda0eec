import { setTimeout as delay } from 'node:timers/promises'
import type { Output } from '../terminal/output.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** What a step came to: its line for people and its figures for machines. */
type Told = { line: string; more?: string[]; figures: Record<string, unknown> }

/** Tells the story, one line per step: as it happens on a terminal, plainly in a pipe, as NDJSON with `--json`. */
export type Narrator = {
  step: (name: string, work: (progress: (text: string) => void) => Promise<Told>) => Promise<void>
  say: (text: string) => void
  heading: (text: string) => void
}

const NAME_WIDTH = 10
/** Long enough to read a line before the next one comes. */
const PAUSE_MS = 350

export const createNarrator = (terminal: Terminal, out: Output): Narrator => {
  const isLive = terminal.stdout.isTTY === true && !out.json
  const { colours } = out
  const write = (text: string) => void terminal.stdout.write(text)
  const label = (name: string) => colours.bold(name.padEnd(NAME_WIDTH))
  let lastName = ''
  const rewrite = (text: string) => write(`\r\u001b[2K${text}`)
  return {
    async step(name, work) {
      const startedMs = performance.now()
      const shown = label(name === lastName ? '' : name)
      lastName = name
      const progress = (text: string) => void (isLive && rewrite(`${colours.cyan('·')} ${shown} ${text}`))
      progress(colours.dim('…'))
      try {
        const { line, more = [], figures } = await work(progress)
        const elapsedMs = Math.round(performance.now() - startedMs)
        out.event({ event: 'step', step: name, ok: true, elapsedMs, ...figures })
        if (out.json) return
        const text = `${colours.green('✓')} ${shown} ${line}`
        if (isLive) rewrite(`${text}\n`)
        else write(`${text}\n`)
        for (const extra of more) write(`${' '.repeat(NAME_WIDTH + 3)}${extra}\n`)
        if (isLive) await delay(PAUSE_MS)
      } catch (error) {
        const elapsedMs = Math.round(performance.now() - startedMs)
        out.event({ event: 'step', step: name, ok: false, elapsedMs, reason: (error as Error).message })
        if (isLive) rewrite('')
        out.line(`${colours.red('✗')} ${label(name)} failed`)
        throw error
      }
    },
    say: (text) => out.line(text),
    heading: (text) => out.line(`\n${colours.dim(text)}`),
  }
}
