import { createHash } from 'node:crypto'
import {
  AssayError,
  countPlanned,
  modelsOf,
  storedCases,
  type CaseFilter,
  type StoredSuite,
  type Suite,
  type SuiteText,
} from '@assay/core'
import { dialectOf, planHashOf, readSuiteText } from '@assay/runner'
import type { WholeSuite } from '@assay/store'

/** What a suite that was sent comes to, as it is kept. */
export type KeptSuite = Omit<WholeSuite, 'suite'> & { suite: Omit<StoredSuite, 'id' | 'createdAt' | 'updatedAt'> }

/** What of a suite is to be run. */
export type PlanWanted = {
  /** Instead of those of the suite. */
  models: string[] | undefined
  filter: CaseFilter
  repeat: number | undefined
  passAt: string | undefined
  judge: string | undefined
}

/** What a run of a suite comes to, with the suite but for its cases. */
export type SuitePlan = { suite: Suite; models: string[]; planned: number; planHash: string }

/** Reads and checks the text of a suite; whatever is wrong with it is one `suite.invalid` with every place. */
export const readSentSuite = async ({ source, file, dialect }: SuiteText): Promise<Suite> =>
  (await readSuiteText(source, { file, dialect: dialect ?? dialectOf(file) })).suite

/** Reads a suite as it is kept. */
export const readKeptSuite = async (text: SuiteText): Promise<KeptSuite> => {
  const { name, source, file, dialect } = text
  const suite = await readSentSuite(text)
  const called = name ?? suite.name
  if (called === undefined) {
    const issues = [{ path: 'name', message: 'is missing: write `name:` into the suite, or send one' }]
    throw new AssayError('suite.invalid', { file, issues })
  }
  const cases = storedCases(suite, sha256)
  return {
    source,
    cases,
    suite: {
      packageVersionId: null,
      name: called,
      description: suite.description ?? null,
      dialect: dialect ?? dialectOf(file),
      file,
      sourceHash: sha256(source),
      kind: suite.kind ?? null,
      models: modelsOf(suite).map(({ label }) => label),
      cases: cases.length,
    },
  }
}

/** Reads a suite as it is about to be run. */
export const readSuitePlan = async (text: SuiteText, wanted: PlanWanted): Promise<SuitePlan> => {
  const suite = await readSentSuite(text)
  const { filter, repeat, passAt, judge } = wanted
  const models = modelsFor(suite, wanted.models)
  const dialect = text.dialect ?? dialectOf(text.file)
  const planHash = planHashOf({ suite, dialect, models, filter }, { repeat, passAt, judge })
  const planned = countPlanned(suite, { ...filter, models, repeat, passAt })
  return { suite: { ...suite, tests: [], scenarios: [] }, models, planned, planHash }
}

/** The models that a run is on: those asked for, else those of the suite. */
const modelsFor = (suite: Suite, asked: readonly string[] | undefined): string[] => {
  const models = asked ?? modelsOf(suite).map(({ label }) => label)
  if (models.length > 0) return [...new Set(models)]
  const issues = [{ path: 'models', message: 'the suite names none, so that they must be named here' }]
  throw new AssayError('input.invalid', { what: 'body', issues })
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
