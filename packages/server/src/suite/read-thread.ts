import { parentPort, workerData } from 'node:worker_threads'
import { isAssayError, type AssayError, type SuiteText } from '@assay/core'
import { readKeptSuite, readSentSuite, readSuitePlan, type PlanWanted } from './read-suite.ts'

/** What a thread is asked: a text, and as what it is to be read. */
export type ReadQuestion = { text: SuiteText } & (
  | { kind: 'read' }
  | { kind: 'keep' }
  | { kind: 'plan'; wanted: PlanWanted }
)

/** What it answers: the value without its list, and then the list in parts. */
export type ReadAnswer =
  | { value: unknown; isLast: boolean }
  | { items: unknown[]; isLast: boolean }
  | { refused: Pick<AssayError, 'code' | 'details'> }
  | { failed: string }

/** So much of a list goes over at once, counted in characters: some milliseconds for whoever takes it. */
const PART_CHARACTERS = 100_000
const MOST_OF_A_PART = 200

/** The thread that reads one large suite and ends. */
const answer = async (question: ReadQuestion): Promise<void> => {
  const { value, items } = await read(question)
  say({ value, isLast: items.length === 0 })
  let at = 0
  parentPort!.on('message', () => {
    const part = partAt(items, at)
    at += part.length
    say({ items: part, isLast: at >= items.length })
  })
}

const read = async (question: ReadQuestion): Promise<{ value: unknown; items: readonly unknown[] }> => {
  const { text } = question
  if (question.kind === 'plan') return { value: await readSuitePlan(text, question.wanted), items: [] }
  if (question.kind === 'read') {
    const suite = await readSentSuite(text)
    return { value: { ...suite, tests: [] }, items: suite.tests }
  }
  const { suite, cases } = await readKeptSuite(text)
  return { value: { suite }, items: cases }
}

const partAt = (items: readonly unknown[], start: number): unknown[] => {
  let end = start
  let characters = 0
  while (end < items.length && end - start < MOST_OF_A_PART && characters < PART_CHARACTERS) {
    characters += JSON.stringify(items[end++])?.length ?? 0
  }
  return items.slice(start, end)
}

const say = (told: ReadAnswer): void => parentPort!.postMessage(told, [])

answer(workerData as ReadQuestion).catch((error: unknown) => {
  if (isAssayError(error)) say({ refused: { code: error.code, details: error.details } })
  else say({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) })
})
