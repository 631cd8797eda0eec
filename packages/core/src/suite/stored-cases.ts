import { timestamp } from '../clock.ts'
import type { Sha256 } from './case-key.ts'
import { expandSuite } from './expand.ts'
import type { PartialCase, Suite } from './suite.ts'
import type { StoredCase } from './stored-suite.ts'

/** The cases of a suite as they are kept, in the order in which they are run; those that are not active come last. */
export const storedCases = (suite: Suite, sha256: Sha256): StoredCase[] => {
  const known = new Map<string, StoredCase>()
  for (const active of [true, false]) {
    for (const one of expanded(active ? suite : withInactiveOnly(suite), sha256)) {
      if (!known.has(one.caseKey)) known.set(one.caseKey, { ...one, active })
    }
  }
  return [...known.values()]
}

function* expanded(suite: Suite, sha256: Sha256): Generator<StoredCase> {
  const environment = Object.fromEntries(suite.env.map((name) => [name, '']))
  for (const planned of expandSuite(suite, { models: ['one'], repeat: 1, passAt: '1/1', sha256, environment })) {
    const { caseKey, title, input, expectedOutput, assertions, opening, steps, kind, tags, quarantine } = planned
    const written = caseAt(suite, planned.at)
    const { description, difficulty, groupId } = { ...suite.defaultTest, ...written }
    yield {
      caseKey,
      title,
      description: description ?? null,
      input,
      expectedOutput: expectedOutput ?? null,
      assertions: [...opening, ...steps.flatMap((step) => step.assertions), ...assertions],
      kind,
      tags,
      difficulty: difficulty ?? null,
      groupId: groupId ?? null,
      active: true,
      quarantineUntil: quarantine ? timestamp(Date.parse(quarantine.until)) : null,
    }
  }
}

/** The case as it is written, without what stands before it. */
const caseAt = (suite: Suite, at: readonly PropertyKey[]): PartialCase => {
  const [list, number, , index] = at as [string, number, string?, number?]
  return (list === 'tests' ? suite.tests[number] : suite.scenarios[number]?.tests[index ?? 0]) ?? {}
}

/** What is not active, as if it were, and nothing else. */
const withInactiveOnly = (suite: Suite): Suite => {
  const isActive = (one: PartialCase): boolean => one.active ?? suite.defaultTest?.active ?? true
  const turned = <One extends PartialCase>(one: One): One => ({ ...one, active: !isActive(one) })
  return {
    ...suite,
    tests: suite.tests.map(turned),
    scenarios: suite.scenarios.map((scenario) => ({ ...scenario, tests: scenario.tests.map(turned) })),
  }
}
