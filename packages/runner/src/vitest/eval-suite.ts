import { hash } from 'node:crypto'
import {
  AssayError,
  caseKinds,
  casesOf,
  expandSuite,
  modelsOf,
  readConfig,
  silentLog,
  Suite,
  suiteIssues,
  titleOf,
  type CaseResult,
  type Complete,
  type DefinedSuite,
  type Dialect,
  type PlannedCase,
  type ReadyCase,
} from '@assay/core'
import { createComplete, createEgress } from '@assay/providers'
import { describe, expect, test } from 'vitest'
import { codeTargetOf } from '../code-target.ts'
import { defaultJudges } from '../judge/default-judge.ts'
import { DEFAULT_MODEL, localModels } from '../local-models.ts'
import { createRunCache, type RunCache } from '../run-cache.ts'
import { runSuite } from '../run-suite.ts'
import { shapeIssues } from '../suite-file/suite-shape.ts'
import type { SuiteFile } from '../suite-file/suite-file.ts'
import type { Target } from '../target.ts'
import { evalAgents } from './eval-agents.ts'
import { sandbox } from './to-satisfy.ts'

/** How the tests of a suite reach their models. */
export type EvalOptions = {
  /** Models instead of those of the suite. */
  models?: readonly string[]
  /** Where keys and addresses are looked for; the environment of the process when left out. */
  environment?: Readonly<Record<string, string | undefined>>
  /** Answers in place of all models. */
  complete?: Complete
  /** Takes and keeps answers as `assay test` does; else every run of the tests asks anew. */
  cache?: boolean
  retries?: number
  /** The model that judges where the suite names none; one that there is a key for when left out. */
  judge?: string
  /** Starts the programs and reaches the addresses that the suite names as plugins of its agent. */
  allowPlugins?: boolean
  /** Where the suite lies, for the workspaces of its cases; where the tests are run when left out. */
  folder?: string
}

/**
 * Makes a test of each case of a suite, on each of its models. It is run by what runs it for `assay test`: the verdict is
 * the same. Repeats of a case are one test, which passes when they do together.
 */
export const evalSuite = (given: DefinedSuite | SuiteFile, options: EvalOptions = {}): void => {
  const ready = readyOf(given)
  const { suite } = ready
  const models = options.models ?? namesOf(suite)
  const run = createRunner(ready, options)
  let isSmokeFailed = false
  const { name = 'suite' } = suite
  // oxlint-disable-next-line vitest/valid-title -- the suite has a name, and that is it
  describe(name, () => {
    for (const one of inOrder(suite)) {
      const alone = suiteOf(suite, one)
      for (const planned of plannedOf(alone, models, ready.environment(options))) {
        const on = models.length > 1 ? ` on ${planned.model}` : ''
        test(`${planned.title}${on}`, { timeout: timeOf(planned) }, async ({ skip, signal }) => {
          if (isSmokeFailed && planned.kind !== 'smoke') skip('smoke failed')
          const outcome = await run(alone, planned, signal)
          if (outcome.skipped !== null) skip(outcome.skipped)
          if (planned.kind === 'smoke' && !outcome.isPass) isSmokeFailed = true
          expect(outcome).toSatisfy(isPass)
        })
      }
    }
  })
}

/** Throws what the case failed of; Vitest's own words would only say that it did. */
const isPass = ({ isPass: pass, results }: Outcome): boolean => {
  if (!pass) throw failureOf(results)
  return pass
}

type Ready = {
  suite: Suite
  dialect: Dialect
  target: Target | null
  environment: (options: EvalOptions) => Record<string, string> | undefined
}

/** The suite, read and checked as one out of a file is. */
const readyOf = (given: DefinedSuite | SuiteFile): Ready => {
  const isFile = 'suite' in given
  const parsed = Suite.safeParse(isFile ? given.suite : given)
  const file = (isFile ? given.file : given.name) ?? 'suite'
  if (!parsed.success) throw new AssayError('suite.invalid', { file, issues: shapeIssues(parsed.error.issues) })
  const [suite, dialect] = [parsed.data, isFile ? given.dialect : 'assay']
  const issues = suiteIssues(suite, dialect, Date.now())
  if (issues.length > 0) throw new AssayError('suite.invalid', { file, issues })
  return {
    suite,
    dialect,
    target: isFile ? given.target : codeTargetOf(given),
    environment: ({ environment = process.env }) =>
      suite.env.length === 0 ? undefined : Object.fromEntries(suite.env.map((name) => [name, environment[name] ?? ''])),
  }
}

const namesOf = (suite: Suite): string[] =>
  suite.providers.length === 0 ? [DEFAULT_MODEL] : modelsOf(suite).map(({ label }) => label)

/** Smoke cases first, as everywhere. */
const inOrder = (suite: Suite): ReadyCase[] => {
  const cases = [...casesOf(suite)]
  return caseKinds.flatMap((kind) => cases.filter((one) => one.kind === kind))
}

/** One case as a suite of its own, with what stood around it put in. */
const suiteOf = (suite: Suite, { at: _at, index, matrix: _matrix, ...one }: ReadyCase): Suite => ({
  ...suite,
  defaultTest: undefined,
  scenarios: [],
  tests: [{ ...one, description: titleOf({ ...one }, index) }],
})

/** What is asked in one case: one of its prompts on one model, whatever its repeats. */
const plannedOf = (
  alone: Suite,
  models: readonly string[],
  environment: Record<string, string> | undefined,
): PlannedCase[] => {
  const sha256 = (text: string) => hash('sha256', text)
  return [...expandSuite(alone, { models, environment, sha256 })].filter(({ repeat }) => repeat === 1)
}

type Outcome = { isPass: boolean; skipped: string | null; results: CaseResult[] }

const createRunner = ({ suite, dialect, target, environment: environmentOf }: Ready, options: EvalOptions) => {
  const { environment = process.env, retries } = options
  const config = readConfig(environment)
  const local = localModels({ ...environment })
  const named = new Map(modelsOf(suite).map(({ label, id }) => [label, id]))
  const { allowPlugins = false, folder = process.cwd() } = options
  const agents = evalAgents(suite, { folder, environment, allowPlugins })
  const open = () => {
    const egress = createEgress({ allow: [...config.ASSAY_EGRESS_ALLOW, ...local.allow], log: silentLog })
    const complete = createComplete({ egress, resolve: local.resolve, now: Date.now })
    return { complete, egress, [Symbol.asyncDispose]: () => egress.close() }
  }
  const missing = async ({ model, requires }: PlannedCase): Promise<string | null> => {
    if (target || options.complete) return null
    try {
      await local.resolve(named.get(model) ?? model)
      return null
    } catch (error) {
      if (requires.length > 0) return (error as Error).message
      throw error
    }
  }
  return async (alone: Suite, planned: PlannedCase, signal: AbortSignal): Promise<Outcome> => {
    const skipped = await missing(planned)
    if (skipped !== null) return { isPass: true, skipped, results: [] }
    await using asked = options.complete && !agents ? null : open()
    const agentOf = agents?.(asked!.egress)
    const results: CaseResult[] = []
    const { isPass } = await runSuite(alone, {
      models: [planned.model],
      complete: options.complete ?? asked!.complete,
      ...(target ? { targetOf: () => target } : agentOf && { targetOf: agentOf }),
      sandbox: sandbox(),
      signal,
      now: Date.now,
      dialect,
      retries,
      filter: { keys: new Set([planned.caseKey]) },
      environment: environmentOf(options),
      judges: { ...(await defaultJudges(local)), ...(options.judge !== undefined && { model: options.judge }) },
      cache: options.cache && !options.complete ? cacheOf(config.ASSAY_DATA, local) : undefined,
      onEvent: (event) => void (event.event === 'result' && results.push(event)),
    })
    const unscored = results.length > 0 && results.every(({ status }) => status === 'unscored')
    return { isPass, skipped: unscored ? (results[0]!.reason ?? 'unscored') : null, results }
  }
}

const cacheOf = (folder: string, { resolve }: ReturnType<typeof localModels>): RunCache =>
  createRunCache({
    folder: `${folder}/cache`,
    now: Date.now,
    placeOf: async (name) => {
      const { providerName, model, baseUrl } = await resolve(name)
      return { providerName, model, origin: baseUrl }
    },
  })

/** The case's own limit says what is wrong; Vitest's is a little later. */
const timeOf = ({ limits, passAt, target }: PlannedCase): number =>
  limits.timeoutMs * (passAt === undefined && target === undefined ? 1 : 100) + 5_000

/** What a case failed of, as Vitest shows it: the sentence, then expected and actual. */
const failureOf = (results: readonly CaseResult[]): Error => {
  const bad = results.filter(({ status }) => status !== 'passed')
  const lines = bad.flatMap(({ error, verdicts, response, repeat }) => [
    ...(results.length > 1 ? [`repeat ${repeat}:`] : []),
    ...(error ? [`${error.code}: ${error.message}`] : []),
    ...verdicts.filter(({ pass }) => !pass).map(({ type, reason }) => `${type}: ${reason}`),
    ...(response === null ? [] : [`answer: ${response.slice(0, LONGEST_ANSWER)}`]),
  ])
  const wrong = bad.flatMap(({ verdicts }) => verdicts).find(({ pass }) => !pass)
  const failure = new Error(lines.join('\n') || 'the case did not pass')
  failure.name = 'CaseFailed'
  if (wrong?.expected === undefined) return failure
  return Object.assign(failure, { expected: wrong.expected, actual: wrong.actual, showDiff: true })
}

const LONGEST_ANSWER = 500
