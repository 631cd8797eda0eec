import { Worker } from 'node:worker_threads'

/**
 * Starts a thread from a module of this package. Threads do not inherit module hooks, so a thread of the sources is
 * told to take its neighbours' sources too.
 */
export const startWorker = (module: URL, workerData: unknown): Worker => {
  const fromSource = module.pathname.endsWith('.ts')
  const hasCondition = process.execArgv.includes('-C') || process.execArgv.some((flag) => flag.startsWith('--cond'))
  return new Worker(module, {
    workerData,
    execArgv: fromSource && !hasCondition ? [...process.execArgv, '-C', 'assay-source'] : process.execArgv,
  })
}
