import { Worker } from 'node:worker_threads'

/**
 * Starts a thread from a module of this package. Threads do not inherit module hooks, so a thread of the sources is
 * told to take its neighbours' sources too.
 */
export const startWorker = (module: URL, workerData: unknown): Worker => {
  const fromSource = module.pathname.endsWith('.ts')
  const hasCondition = process.execArgv.includes('-C') || process.execArgv.some((flag) => flag.startsWith('--cond'))
  const flags = process.execArgv.filter((flag) => !isOfHeap(flag))
  return new Worker(module, {
    workerData,
    execArgv: fromSource && !hasCondition ? [...flags, '-C', 'assay-source'] : flags,
  })
}

/** How large heaps are is said once for all threads, and a thread that is told so again does not start. */
const isOfHeap = (flag: string): boolean => /^--(?:max-semi-space|heap-growing)/.test(flag)
