/** One frame of a `text/event-stream`, as the HTML standard §9.2.6 reads it. */
export type EventFrame = { id: string | null; event: string; data: string; retryMs: number | null }

/**
 * Reads frames out of pieces of text that may end anywhere, also between the two characters of a line end. Comments
 * are dropped; a frame without data is kept when it says how long to wait before the next try.
 */
export const createFrameReader = (): ((text: string) => EventFrame[]) => {
  let rest = ''
  let frame = emptyFrame()
  return (text) => {
    const frames: EventFrame[] = []
    rest += text
    for (;;) {
      const end = /\r\n|\n|\r(?=[^\n])/.exec(rest)
      if (!end) return frames
      const line = rest.slice(0, end.index)
      rest = rest.slice(end.index + end[0].length)
      if (line === '') {
        if (frame.lines.length > 0 || frame.retryMs !== null) frames.push(finished(frame))
        frame = emptyFrame()
      } else readLine(frame, line)
    }
  }
}

type OpenFrame = { id: string | null; event: string; lines: string[]; retryMs: number | null }

const emptyFrame = (): OpenFrame => ({ id: null, event: 'message', lines: [], retryMs: null })

const finished = ({ lines, ...frame }: OpenFrame): EventFrame => ({ ...frame, data: lines.join('\n') })

const readLine = (frame: OpenFrame, line: string): void => {
  const colon = line.indexOf(':')
  if (colon === 0) return
  const field = colon === -1 ? line : line.slice(0, colon)
  const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
  if (field === 'data') frame.lines.push(value)
  else if (field === 'event') frame.event = value
  else if (field === 'id' && !value.includes('\0')) frame.id = value
  else if (field === 'retry' && /^\d+$/.test(value)) frame.retryMs = Number(value)
}
