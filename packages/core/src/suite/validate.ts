import { compileAssertion } from '../assertions/check.ts'
import type { Dialect } from '../assertions/list.ts'
import { DAY_MS } from '../clock.ts'
import { dotted, type Issue } from '../error-entry.ts'
import { isAssayError } from '../errors.ts'
import { casesOf, countCases, modelsOf, type ReadyCase } from './cases.ts'
import { EndpointConfig, endpointVars, isEndpoint, renderEndpoint } from './endpoint.ts'
import { readAnswerPath } from './endpoint-path.ts'
import { askedOf, countPlanned } from './expand.ts'
import type { AssertionSpec, Suite } from './suite.ts'
import { hasTemplate } from './template.ts'

/** Results that one run may have. */
export const MAX_RESULTS = 1_000_000
/** Cases that one suite may have. */
export const MAX_CASES = 100_000
const MAX_ISSUES = 50
const MAX_QUARANTINE_DAYS = 14

type Report = (at: PropertyKey[], message: string) => void

/** What is wrong with a suite beyond its shape, found without calling a model: each with the place it stands at. */
export const suiteIssues = (suite: Suite, dialect: Dialect, now: number): (Issue & { at: PropertyKey[] })[] => {
  const issues: (Issue & { at: PropertyKey[] })[] = []
  const report: Report = (at, message) => {
    if (issues.length < MAX_ISSUES) issues.push({ at, path: dotted(at), message })
  }
  if (!checkSize(suite, report)) return issues
  checkModels(suite, report)
  checkRepeats({ passAt: suite.passAt, repeat: suite.repeat === 1 ? undefined : suite.repeat }, [], report)
  const checkAssertions = assertionChecker(dialect, report)
  checkAssertions(suite.defaultTest?.assert, ['defaultTest'])
  for (const [number, scenario] of suite.scenarios.entries()) {
    for (const [index, { assert }] of scenario.config.entries()) {
      checkAssertions(assert, ['scenarios', number, 'config', index])
    }
  }
  const ids = new Map<string, PropertyKey[]>()
  for (const one of casesOf(suite)) {
    checkId(one, ids, report)
    if (suite.prompts.length === 0 && [one.input, one.messages, one.steps].every((given) => given === undefined)) {
      report(one.at, 'there is nothing to ask: give it an input or messages, or give the suite prompts')
    }
    checkQuarantine(one, report, now)
    checkRepeats(one, one.at, report)
    checkAssertions(one.assert, one.at)
    for (const [index, { assert }] of (one.steps ?? []).entries()) checkAssertions(assert, [...one.at, 'steps', index])
    attempt(one.at, report, () => renderOnce(suite, one, dialect))
    if (issues.length >= MAX_ISSUES) break
  }
  return issues
}

/** A quarantine ends by itself, and soon, so that nobody forgets a case there. */
const checkQuarantine = ({ at, quarantine }: ReadyCase, report: Report, now: number): void => {
  if (!quarantine || Date.parse(quarantine.until) <= now + MAX_QUARANTINE_DAYS * DAY_MS) return
  report([...at, 'quarantine', 'until'], `${quarantine.until} is more than ${MAX_QUARANTINE_DAYS} days away`)
}

/** `passAt` says already how often a case is run at most. */
const checkRepeats = (
  { passAt, repeat }: { passAt?: string | undefined; repeat?: number | undefined },
  at: PropertyKey[],
  report: Report,
): void => {
  if (passAt === undefined || repeat === undefined || passAt.endsWith(`/${repeat}`)) return
  report([...at, 'repeat'], `${repeat} contradicts passAt ${passAt}, which ends after ${passAt.split('/')[1]} at most`)
}

const checkSize = (suite: Suite, report: Report): boolean => {
  const cases = countCases(suite)
  if (suite.tests.length === 0 && suite.scenarios.length === 0) {
    report(['tests'], 'there are no cases: write some under tests')
    return false
  }
  const models = suite.providers.length > 0 ? modelsOf(suite).map(({ label }) => label) : ['one']
  if (cases > MAX_CASES) report(['tests'], `${cases} cases are more than ${MAX_CASES}`)
  else if (countPlanned(suite, { models }) > MAX_RESULTS) {
    report([], `the suite plans ${countPlanned(suite, { models })} results, more than ${MAX_RESULTS}`)
  } else return true
  return false
}

const checkModels = (suite: Suite, report: Report): void => {
  const seen = new Set<string>()
  for (const [index, { label, id, config, script }] of modelsOf(suite).entries()) {
    if (seen.has(label)) report(['providers', index], `${label} is named twice; give one of them a label of its own`)
    seen.add(label)
    if (!isEndpoint(id) || script !== undefined) continue
    const at = ['providers', index, 'config']
    const parsed = EndpointConfig.safeParse(config)
    for (const { path, message } of parsed.error?.issues ?? []) report([...at, ...path], message)
    if (/^https?$/.test(id) && parsed.data?.url === undefined) report(at, `${id} needs a \`url\``)
    const wanted = parsed.data?.transformResponse?.trim()
    if (wanted?.startsWith('$') && readAnswerPath(wanted) === null) {
      report([...at, 'transformResponse'], `${wanted} is no path; it is made of .key, ["key"], [0], [-1] and [*]`)
    }
  }
}

/** The same case of a matrix or a scenario keeps its id; two that are written apart may not share one. */
const checkId = ({ id, at }: ReadyCase, ids: Map<string, PropertyKey[]>, report: Report): void => {
  if (id === undefined) return
  const first = ids.get(id)
  if (first === undefined) ids.set(id, at)
  else if (dotted(first) !== dotted(at)) report([...at, 'id'], `the id ${id} is already that of ${dotted(first)}`)
}

const assertionChecker = (dialect: Dialect, report: Report) => {
  const checked = new Set<object>()
  return (list: readonly AssertionSpec[] | undefined, at: PropertyKey[]): void => {
    for (const [index, spec] of (list ?? []).entries()) {
      // YAML aliases share one object; it is checked once. A template is checked when its values are in.
      if (checked.has(spec)) continue
      checked.add(spec)
      const place = [...at, 'assert', index]
      if ((spec.type === 'assert-set') !== (spec.assert !== undefined)) {
        report(place, spec.assert ? '`assert` belongs to the type assert-set' : 'an assert-set needs `assert`')
      } else if (!hasTemplate(spec.assert ?? spec.options ?? spec.value))
        attempt(place, report, () => compile(spec, dialect))
    }
  }
}

const compile = (spec: AssertionSpec, dialect: Dialect): void => {
  for (const one of spec.assert ?? [spec]) compileAssertion(one, dialect)
}

const attempt = (at: PropertyKey[], report: Report, work: () => void): void => {
  try {
    work()
  } catch (error) {
    if (!isAssayError(error)) throw error
    report(at, `${error.message} ${error.hint}`)
  }
}

const unhashed = (): string => ''

/** Puts the values of one case in, so that a missing one is found before any call. */
const renderOnce = (suite: Suite, one: ReadyCase, dialect: Dialect): void => {
  const environment = Object.fromEntries(suite.env.map((name) => [name, '']))
  for (const planned of askedOf(suite, one, { sha256: unhashed, environment })) {
    const rendered = [
      ...planned.assertions,
      ...planned.opening,
      ...planned.steps.flatMap(({ assertions }) => assertions),
    ]
    for (const spec of rendered) if (!one.assert.includes(spec)) compile(spec, dialect)
    for (const { id, config, script } of modelsOf(suite)) {
      const parsed = EndpointConfig.safeParse(config)
      if (!isEndpoint(id) || script !== undefined || !parsed.success) continue
      const vars = endpointVars(planned.vars, planned.messages)
      // What a script makes of the prompt is not known before it runs.
      if (parsed.data.transformRequest === undefined) renderEndpoint({ id, config: parsed.data }, vars, planned.title)
    }
  }
}
