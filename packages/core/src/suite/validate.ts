import { compileAssertion } from '../assertions/check.ts'
import type { Dialect } from '../assertions/list.ts'
import { dotted, type Issue } from '../error-entry.ts'
import { isAssayError } from '../errors.ts'
import { countPlanned, expandSuite, titleOf } from './expand.ts'
import type { Suite } from './suite.ts'
import { hasTemplate } from './template.ts'

/** Results that one run may have. */
export const MAX_RESULTS = 1_000_000
/** Cases that one suite may have. */
export const MAX_CASES = 100_000
const MAX_ISSUES = 50

/** What is wrong with a suite beyond its shape, found without calling a model: each with the place it stands at. */
export const suiteIssues = (suite: Suite, dialect: Dialect): (Issue & { at: PropertyKey[] })[] => {
  const issues: (Issue & { at: PropertyKey[] })[] = []
  const report = (at: PropertyKey[], message: string) => {
    if (issues.length < MAX_ISSUES) issues.push({ at, path: dotted(at), message })
  }
  const attempt = (at: PropertyKey[], work: () => void) => {
    try {
      work()
    } catch (error) {
      if (!isAssayError(error)) throw error
      report(at, `${error.message} ${error.hint}`)
    }
  }
  checkSize(suite, report)
  const ids = new Map<string, number>()
  const checked = new Set<object>()
  const checkAssertions = (list: Suite['tests'][number]['assert'] | undefined, at: PropertyKey[]) => {
    for (const [index, spec] of (list ?? []).entries()) {
      // YAML aliases share one object; it is checked once. A template is checked when its values are in.
      if (checked.has(spec) || hasTemplate(spec.value)) continue
      checked.add(spec)
      attempt([...at, 'assert', index], () => void compileAssertion(spec, dialect))
    }
  }
  checkAssertions(suite.defaultTest?.assert, ['defaultTest'])
  for (const [index, one] of suite.tests.entries()) {
    const at = ['tests', index]
    const first = one.id === undefined ? undefined : ids.get(one.id)
    if (first !== undefined) report([...at, 'id'], `the id ${one.id} is already that of tests[${first}]`)
    if (one.id !== undefined && first === undefined) ids.set(one.id, index)
    const isAsked = suite.prompts.length > 0 || one.input !== undefined || one.messages !== undefined
    if (!isAsked && suite.defaultTest?.input === undefined) {
      report(at, 'there is nothing to ask: give it an input or messages, or give the suite prompts')
    }
    checkAssertions(one.assert, at)
    attempt(at, () => renderOnce(suite, index, dialect))
    if (issues.length >= MAX_ISSUES) break
  }
  return issues
}

const checkSize = (suite: Suite, report: (at: PropertyKey[], message: string) => void): void => {
  if (suite.tests.length > MAX_CASES) report(['tests'], `${suite.tests.length} cases are more than ${MAX_CASES}`)
  const planned = countPlanned(suite, { models: suite.providers.length > 0 ? suite.providers : ['one'] })
  if (planned > MAX_RESULTS) report([], `the suite plans ${planned} results, more than ${MAX_RESULTS}`)
}

/** Puts the values of one case in, so that a missing one is found before any call. */
const renderOnce = (suite: Suite, index: number, dialect: Dialect): void => {
  const one = { ...suite.tests[index]!, description: titleOf(suite.tests[index]!, index) }
  for (const planned of expandSuite({ ...suite, tests: [one] }, { models: ['one'], repeat: 1, sha256: () => '' })) {
    for (const spec of planned.assertions) {
      if (!one.assert.includes(spec) && !suite.defaultTest?.assert?.includes(spec)) compileAssertion(spec, dialect)
    }
  }
}
