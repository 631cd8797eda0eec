import { fork } from 'node:child_process'
import { once } from 'node:events'

/** One of the processes that take part: the upstream, the proxy that only moves bytes, or Assay. */
export type Party = {
  url: string
  key: string
  /** Processor time used so far: by the thread that serves, and by the whole process with its database. */
  cpu(): Promise<Cpu>
  stop(): Promise<void>
}

export type Cpu = { servingUs: number; wholeUs: number }

const sum = ({ user, system }: NodeJS.CpuUsage): number => user + system

/** Starts a process of its own for one part, and waits until it listens. */
export const startParty = async (role: 'upstream' | 'blind' | 'assay', upstreamUrl = ''): Promise<Party> => {
  const child = fork(new URL(`./${role}.ts`, import.meta.url), [upstreamUrl], {
    execArgv: ['-C', 'assay-source'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit')
  const [ready] = (await Promise.race([
    once(child, 'message'),
    ended.then(() => Promise.reject(new Error(`${role} ended before it listened`))),
  ])) as [{ url: string; key: string }]
  return {
    ...ready,
    cpu: async () => {
      const answer = once(child, 'message')
      child.send('cpu')
      const [cpu] = (await answer) as [Cpu]
      return cpu
    },
    stop: async () => {
      child.send('stop')
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000)
      await ended
      clearTimeout(timer)
    },
  }
}

/** What each process does: says where it listens, answers how much processor time it used, and stops when told. */
export const takePart = ({
  url,
  key = 'none',
  stop,
}: {
  url: string
  key?: string
  stop: () => Promise<unknown>
}): void => {
  process.on('message', (message) => {
    if (message === 'cpu')
      process.send?.({ servingUs: sum(process.threadCpuUsage()), wholeUs: sum(process.cpuUsage()) })
    else void stop().finally(() => process.exit(0))
  })
  process.send?.({ url, key })
}
