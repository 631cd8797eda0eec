import type { ResultFilter, Run } from '@assay/core'
import { oneOf, searchReader, textUpTo } from '../app/address.ts'
import { words } from '../words.ts'

const keysOf = <Key extends string>(table: Record<Key, unknown>) => Object.keys(table) as Key[]

export const runStatuses = keysOf(words.runStatuses)
export const runTriggers = keysOf(words.runTriggers)
export const resultFilters = keysOf(words.resultFilters)

/** The filters of the runs, as they stand in the address. */
export type RunsSearch = {
  status?: Run['status'] | undefined
  trigger?: Run['trigger'] | undefined
  text?: string | undefined
}

export const runsSearch = searchReader<RunsSearch>({
  status: oneOf(runStatuses),
  trigger: oneOf(runTriggers),
  text: textUpTo(200),
})

/** What is shown of one run: which results, held against which run, and which result is open. */
export type RunSearch = {
  show?: NonNullable<ResultFilter['status']> | undefined
  model?: string | undefined
  case?: string | undefined
  with?: string | undefined
  result?: string | undefined
}

export const runSearch = searchReader<RunSearch>({
  show: oneOf(resultFilters),
  model: textUpTo(256),
  case: textUpTo(200),
  with: textUpTo(100),
  result: textUpTo(600),
})

/** One result of a run, as the address names it. */
export type ResultName = { model: string; repeat: number; caseKey: string }

export const nameOfResult = ({ model, repeat, caseKey }: ResultName): string => `${repeat}/${model}//${caseKey}`

/** Null when the address names nothing that could be a result. */
export const readResultName = (text: string | undefined): ResultName | null => {
  const [, repeat, model, caseKey] = /^(\d+)\/(.+?)\/\/(.+)$/.exec(text ?? '') ?? []
  return model === undefined || caseKey === undefined ? null : { repeat: Number(repeat), model, caseKey }
}
