/** The right to try, given to whoever stands first; it ends with one of the three. */
export type Turn = {
  /** It went through: twice as many may try at once. */
  passed(): void
  /** It was refused: nobody tries for so long, and then one alone. */
  refused(pauseMs: number): void
  /** Nothing was learned. */
  dropped(): void
}

/** A place in a line; whoever was refused takes the same one again. */
export type Place = { readonly number: number; leave(): void }

type Joining = {
  /** The place of before, for one who comes back. */
  number?: number | undefined
  /** So long nobody is to try, in milliseconds. */
  pauseMs?: number
  /** When waiting is over, in Unix milliseconds. */
  untilMs: number
  onTurn: (turn: Turn) => void
  onOver: () => void
}

/** Lines of those who wait for what is full just now, first come, first served; each line has a name. */
export type Lines = {
  /** Somebody stands in it or tries, so that whoever comes now comes after. */
  isBusy(name: string): boolean
  /** Null when the line is full, or nobody may try before the end. */
  join(name: string, joining: Joining): Place | null
  /** Something became free: the first may try at once. */
  nudge(name: string): void
  /** How many stand in all lines together. */
  waiting(): number
}

type Waiter = Required<Pick<Joining, 'untilMs' | 'onTurn'>> & { number: number; timer: NodeJS.Timeout }
type Line = {
  waiters: Waiter[]
  opensAt: number
  mostTrying: number
  trying: number
  timer: NodeJS.Timeout | undefined
}

const MOST_WAITING = 100
const MOST_TRYING = 64
/** Who stands in a line never stands longer. */
export const LONGEST_WAIT_MS = 30_000

export const createLines = ({ now }: { now: () => number }): Lines => {
  const lines = new Map<string, Line>()
  let lastNumber = 0

  const lineOf = (name: string): Line => {
    const known = lines.get(name)
    if (known) return known
    const made: Line = { waiters: [], opensAt: 0, mostTrying: 1, trying: 0, timer: undefined }
    lines.set(name, made)
    return made
  }

  /** Lets those try whose turn it is. */
  const move = (name: string, line: Line): void => {
    clearTimeout(line.timer)
    while (line.waiters.length > 0 && line.trying < line.mostTrying && now() >= line.opensAt) {
      const first = line.waiters.shift()!
      clearTimeout(first.timer)
      line.trying++
      first.onTurn(turnIn(name, line))
    }
    if (line.waiters.length === 0) {
      if (line.trying === 0 && lines.get(name) === line) lines.delete(name)
    } else if (line.trying < line.mostTrying) {
      clearTimeout(line.timer)
      line.timer = setTimeout(() => move(name, line), Math.max(1, line.opensAt - now()))
    }
  }

  const turnIn = (name: string, line: Line): Turn => {
    let isOver = false
    const end = (change: () => void): void => {
      if (isOver) return
      isOver = true
      line.trying--
      change()
      move(name, line)
    }
    return {
      passed: () => end(() => (line.mostTrying = Math.min(MOST_TRYING, line.mostTrying * 2))),
      refused: (pauseMs) => end(() => close(line, pauseMs)),
      dropped: () => end(() => {}),
    }
  }

  const close = (line: Line, pauseMs: number): void => {
    line.mostTrying = 1
    line.opensAt = Math.max(line.opensAt, now() + pauseMs)
  }

  return {
    isBusy: (name) => lines.has(name),
    join: (name, { number: former, pauseMs = 0, untilMs, onTurn, onOver }) => {
      const number = former ?? ++lastNumber
      const line = lineOf(name)
      if (pauseMs > 0) close(line, pauseMs)
      const isFull = former === undefined && line.waiters.length >= MOST_WAITING
      if (isFull || line.opensAt >= untilMs) {
        move(name, line)
        return null
      }
      const leave = (): void => {
        clearTimeout(waiter.timer)
        const place = line.waiters.indexOf(waiter)
        if (place < 0) return
        line.waiters.splice(place, 1)
        move(name, line)
      }
      const over = (): void => {
        leave()
        onOver()
      }
      const waiter: Waiter = { number, untilMs, onTurn, timer: setTimeout(over, Math.max(0, untilMs - now())) }
      const after = line.waiters.findIndex((other) => other.number > number)
      line.waiters.splice(after < 0 ? line.waiters.length : after, 0, waiter)
      move(name, line)
      return { number, leave }
    },
    nudge: (name) => {
      const line = lines.get(name)
      if (!line) return
      line.opensAt = 0
      move(name, line)
    },
    waiting: () => {
      let count = 0
      for (const { waiters } of lines.values()) count += waiters.length
      return count
    },
  }
}
