import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export type Role = 'upstream' | 'blind' | 'assay' | 'portkey'

/** One of the processes that take part, each of them in a process of its own. */
export type Party = {
  url: string
  key: string
  /** What it says to a question, such as `cpu`. */
  ask<Answer>(question: string): Promise<Answer>
  stop(): Promise<void>
}

/** Processor time used so far: by the thread that serves, and by the whole process with its database. */
export type Cpu = { servingUs: number; wholeUs: number }

/** What every party can be asked, beside questions of its own. */
type Answers = Record<string, () => unknown>

/** As `packages/cli/bin/assay.js` starts Node for `assay serve`. */
const HEAP = ['--max-semi-space-size=16']

/** Starts a process of its own for one part, and waits until it listens; `root` is another checkout of the project. */
export const startParty = async (
  role: Role,
  { upstreamUrl = '', root, args = [] }: { upstreamUrl?: string; root?: string | undefined; args?: string[] } = {},
): Promise<Party> => {
  const folder = root === undefined ? import.meta.dirname : join(root, 'bench/gateway')
  const child = fork(join(folder, `${role}.ts`), [upstreamUrl, ...args], {
    execArgv: ['-C', 'assay-source', ...(role === 'assay' && root === undefined ? HEAP : [])],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], TMPDIR: process.env['TMPDIR'] },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit')
  const orEnded = ended.then(() => Promise.reject(new Error(`${role} ended too early`)))
  orEnded.catch(() => {})
  const [ready] = (await Promise.race([once(child, 'message'), orEnded])) as [{ url: string; key: string }]
  return {
    ...ready,
    ask: async <Answer>(question: string) => {
      const answer = once(child, 'message')
      child.send(question)
      const [said] = (await Promise.race([answer, orEnded])) as [Answer]
      return said
    },
    stop: async () => {
      if (child.exitCode !== null) return
      child.send('stop')
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(timer)
    },
  }
}

const sum = ({ user, system }: NodeJS.CpuUsage): number => user + system

const common: Answers = {
  cpu: (): Cpu => ({ servingUs: sum(process.threadCpuUsage()), wholeUs: sum(process.cpuUsage()) }),
  memory: () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    collect()
    return process.memoryUsage.rss()
  },
}

/** What each process does: says where it listens, answers what it is asked, and stops when told. */
export const takePart = (given: {
  url: string
  key?: string
  answers?: Answers
  stop: () => Promise<unknown>
}): void => {
  const { url, key = 'none', stop } = given
  const answers: Answers = { ...common, ...given.answers }
  process.on('message', async (question) => {
    if (question === 'stop') void stop().finally(() => process.exit(0))
    else process.send?.((await answers[String(question)]?.()) ?? null)
  })
  process.send?.({ url, key })
}
