import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/**
 * What tells one process from all others, also from a later one with the same number: when it started, since which
 * start of the machine, in which namespace its number counts. Null where the platform does not say.
 */
export type ProcessIdentity = {
  pid: number
  startTime: string | null
  bootId: string | null
  pidNamespace: string | null
  host: string
}

export const readOwnIdentity = (): ProcessIdentity => ({
  pid: process.pid,
  startTime: startTimeOf(process.pid),
  bootId: attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
  pidNamespace: attempt(() => readlinkSync('/proc/self/ns/pid')),
  host: hostname(),
})

/**
 * Whether that process still lives, by what the system says of its number. `unknown` for a number that counts in
 * another namespace or on another machine.
 */
export const isAlive = (other: ProcessIdentity, own = readOwnIdentity()): boolean | 'unknown' => {
  if (other.bootId !== null && own.bootId !== null && other.bootId !== own.bootId) {
    return other.host === own.host ? false : 'unknown'
  }
  if (other.pidNamespace !== own.pidNamespace) return 'unknown'
  if (!exists(other.pid)) return false
  const startTime = startTimeOf(other.pid)
  return startTime === null || other.startTime === null || startTime === other.startTime
}

const exists = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Field 22 of /proc/<pid>/stat; the name before it may hold spaces and parentheses. */
const startTimeOf = (pid: number): string | null => statOf(pid)?.[19] ?? null

/** A process that ended and whose parent has not asked yet holds nothing any more. */
const isZombie = (pid: number): boolean => statOf(pid)?.[0] === 'Z'

const statOf = (pid: number): string[] | null =>
  attempt(() => {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  })

const attempt = <Result>(read: () => Result): Result | null => {
  try {
    return read()
  } catch {
    return null
  }
}
