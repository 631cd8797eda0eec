import type { z } from 'zod'
import type { Frame as FrameSchema } from './failure.ts'

const HEAD_CHARACTERS = 16_384
const MAX_FRAMES = 40

export type Frame = z.infer<typeof FrameSchema>

const javascriptFrame = /^\s{0,16}at (?:async )?(?:(.{1,200}?) \()?([^()\s][^()]{0,400}?)(?::\d+(?::\d+)?)?\)?$/
const pythonFrame = /^\s{1,8}File "([^"]{1,400})", line \d+, in (\S{1,200})/
const browserFrame = /^([\w$.<>/[\]]{0,200})@(\S{1,400}?):\d+:\d+$/

/** The frames of a trace, the throwing one first whatever the language prints first. */
export const framesOf = (stack: string): Frame[] => {
  const frames: Frame[] = []
  let isPython = false
  for (const line of stack.slice(0, HEAD_CHARACTERS).split('\n')) {
    if (frames.length >= MAX_FRAMES || (line.length > 700 && frames.length > 0)) break
    const frame = frameOf(line)
    if (!frame) continue
    isPython ||= line.trimStart().startsWith('File "')
    frames.push(frame)
  }
  return isPython ? frames.toReversed() : frames
}

/** Where the error arose in the application's own code, as `module#function`; null when no frame is its own. */
export const topInAppFrame = (frames: Frame[]): string | null => {
  const frame = frames.find(({ inApp }) => inApp)
  return frame ? `${frame.file}#${frame.functionName}` : null
}

/** The package whose code threw, when it was not the application's own. */
export const throwingPackage = (frames: Frame[]): string | null => frames[0]?.packageName ?? null

const printedCause = /\[cause\]:\s{0,8}([^\n]{1,300})|^\s{0,8}(?:cause|Caused by):\s{0,8}([^\n]{1,300})/m

/** The cause that a runtime printed within the stack, as one line. */
export const causeInStack = (stack: string): string | null => {
  if (!/cause/i.test(stack.slice(0, HEAD_CHARACTERS))) return null
  const match = printedCause.exec(stack.slice(0, HEAD_CHARACTERS))
  return match?.[1] ?? match?.[2] ?? null
}

const frameOf = (line: string): Frame | null => {
  if (line.length > 700) return null
  const javascript = javascriptFrame.exec(line)
  if (javascript) return frameAt(javascript[2]!, javascript[1] ?? '')
  const python = pythonFrame.exec(line)
  if (python) return frameAt(python[1]!, python[2]!)
  const browser = browserFrame.exec(line)
  return browser ? frameAt(browser[2]!, browser[1]!) : null
}

const frameAt = (path: string, functionName: string): Frame => {
  const packageName = packageOf(path)
  const isPlatform = /^(?:node:|native|<anonymous>|internal\/|bun:|ext:|unknown location)/.test(path)
  return {
    functionName: functionName.replace(/ \[as [^\]]{1,80}\]$/, '').replace(/^(?:async|new) /, ''),
    file: path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1).replace(/[?#].*$/, ''),
    packageName,
    inApp: !isPlatform && packageName === null && !/\/lib\/python\d/.test(path),
  }
}

/** `…/node_modules/.pnpm/ai@4/node_modules/ai/dist/index.mjs` is of package `ai`. */
const packageOf = (path: string): string | null => {
  const slashed = path.replaceAll('\\', '/')
  for (const directory of ['/node_modules/', '/site-packages/', '/dist-packages/']) {
    const at = slashed.lastIndexOf(directory)
    if (at < 0) continue
    const [first = '', second = ''] = slashed.slice(at + directory.length).split('/')
    return first.startsWith('@') ? `${first}/${second}` : first.replace(/\.py$/, '')
  }
  return null
}
