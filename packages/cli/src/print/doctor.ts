import type { Finding } from '../doctor.ts'
import type { Colours } from '../terminal/terminal.ts'
import { plain } from './width.ts'

const NAME_WIDTH = 14

/** One finding as a line, with the way out under it. */
export const findingText = ({ name, status, detail, hint }: Finding, colours: Colours): string => {
  const sign = { ok: colours.green('ok  '), warn: colours.yellow('warn'), fail: colours.red('fail') }[status]
  const line = `${sign}  ${colours.bold(name.padEnd(NAME_WIDTH))} ${plain(detail)}`
  return hint ? `${line}\n${' '.repeat(NAME_WIDTH + 7)}${colours.cyan('→')} ${plain(hint)}` : line
}
