import { Worker } from 'node:worker_threads'
import { AssayError, type Suite, type SuiteText } from '@assay/core'
import {
  readKeptSuite,
  readSentSuite,
  readSuitePlan,
  type KeptSuite,
  type PlanWanted,
  type SuitePlan,
} from './read-suite.ts'
import type { ReadAnswer, ReadQuestion } from './read-thread.ts'

/** Reads suites that were sent; a large one in a thread, so that whoever asks for something else meanwhile is answered. */
export type SuiteReader = {
  /** As it is run. */
  read(text: SuiteText): Promise<Suite>
  /** As it is kept. */
  keep(text: SuiteText): Promise<KeptSuite>
  /** As it is about to be run, without its cases. */
  plan(text: SuiteText, wanted: PlanWanted): Promise<SuitePlan>
  close(): Promise<void>
}

/** Texts up to this size are read in some tens of milliseconds, and at once. */
const LARGEST_AT_ONCE = 262_144
/** Threads at a time: each may need a gigabyte for the largest text. */
const MOST_THREADS = 2
const HEAP_MB = 1_536
const TIMEOUT_MS = 120_000

/** The reader of this process; `threadAbove` is the size in characters from which a thread reads. */
export const createSuiteReader = ({ threadAbove = LARGEST_AT_ONCE } = {}): SuiteReader => {
  const running = new Set<Worker>()
  const waiting: (() => void)[] = []
  let taken = 0
  let isClosed = false

  /** A place among the threads; whoever leaves one hands it to the next. */
  const enter = async (): Promise<void> => {
    if (taken < MOST_THREADS) taken++
    else await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const leave = (): void => {
    const next = waiting.shift()
    if (next) next()
    else taken--
  }
  const inThread = async (question: ReadQuestion): Promise<{ value: unknown; items: unknown[] }> => {
    await enter()
    try {
      if (isClosed) throw new AssayError('internal.stopping', {})
      const worker = startThread(question)
      running.add(worker)
      try {
        return await answerOf(worker, question.text.file, () => isClosed)
      } finally {
        running.delete(worker)
        await worker.terminate()
      }
    } finally {
      leave()
    }
  }
  const isSmall = ({ source }: SuiteText): boolean => source.length <= threadAbove

  return {
    read: async (text) => {
      if (isSmall(text)) return readSentSuite(text)
      const { value, items } = await inThread({ kind: 'read', text })
      return { ...(value as Suite), tests: items as Suite['tests'] }
    },
    keep: async (text) => {
      if (isSmall(text)) return readKeptSuite(text)
      const { value, items } = await inThread({ kind: 'keep', text })
      const { suite } = value as Pick<KeptSuite, 'suite'>
      return { suite, source: text.source, cases: items as KeptSuite['cases'] }
    },
    plan: async (text, wanted) => {
      if (isSmall(text)) return readSuitePlan(text, wanted)
      return (await inThread({ kind: 'plan', text, wanted })).value as SuitePlan
    },
    close: async () => {
      isClosed = true
      await Promise.all([...running].map((worker) => worker.terminate()))
    },
  }
}

/** From dist the thread is JavaScript; one of the sources is told to take its neighbours' sources too. */
const startThread = (question: ReadQuestion): Worker => {
  const isSource = import.meta.url.endsWith('.ts')
  const hasCondition = process.execArgv.some((flag) => flag === '-C' || flag.startsWith('--cond'))
  // Heaps are said once for all threads; one that is told so again does not start.
  const flags = process.execArgv.filter((flag) => !/^--(?:max-semi-space|heap-growing)/.test(flag))
  return new Worker(new URL(isSource ? './read-thread.ts' : './read-thread.js', import.meta.url), {
    workerData: question,
    env: {},
    execArgv: isSource && !hasCondition ? [...flags, '-C', 'assay-source'] : flags,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
  })
}

/** What the thread answers: a value, then its list in parts, each asked for so that none of them takes long here. */
const answerOf = (
  worker: Worker,
  file: string,
  isClosed: () => boolean,
): Promise<{ value: unknown; items: unknown[] }> =>
  new Promise((resolve, reject) => {
    const refuse = (message: string): void =>
      reject(new AssayError('suite.invalid', { file, issues: [{ path: '', message }] }))
    const timer = setTimeout(() => refuse(`takes more than ${TIMEOUT_MS / 1_000} s to read`), TIMEOUT_MS)
    const items: unknown[] = []
    let value: unknown
    worker.on('message', (answer: ReadAnswer) => {
      if ('refused' in answer) return reject(new AssayError(answer.refused.code, answer.refused.details))
      if ('failed' in answer) return reject(new Error(`a suite cannot be read: ${answer.failed}`))
      if ('value' in answer) value = answer.value
      else items.push(...answer.items)
      if (answer.isLast) resolve({ value, items })
      // In a turn of its own: what waits comes between two parts.
      else setImmediate(() => worker.postMessage('more', []))
    })
    worker.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') refuse(`needs more than ${HEAP_MB} MB to read`)
      else reject(error)
    })
    worker.once('exit', () => {
      clearTimeout(timer)
      reject(isClosed() ? new AssayError('internal.stopping', {}) : new Error('the thread that reads a suite is gone'))
    })
  })
