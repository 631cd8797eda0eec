import { pluginNames } from './agent.ts'
import type { Case, CaseKind, ModelSpec, PartialCase, Suite } from './suite.ts'

/** A case as it is run: defaults put in, one of a scenario or a matrix, with the place it was written at. */
export type ReadyCase = Case & {
  kind: CaseKind
  /** Where it stands in the file, for what is wrong with it. */
  at: PropertyKey[]
  /** Its number among all, for a title. */
  index: number
}

/** Every case of a suite, those of scenarios and matrices each on its own, in the order in which they are written. */
export function* casesOf(suite: Suite): Generator<ReadyCase> {
  let index = 0
  for (const { one, at } of writtenCases(suite)) {
    if (!one.active) continue
    for (const vars of combinationsOf(one)) {
      const ready = vars === null ? one : { ...one, vars: { ...one.vars, ...vars } }
      yield Object.assign({}, ready, { kind: kindOf(one, suite), at, index: index++ })
    }
  }
}

/** How many cases that is, without making them. */
export const countCases = (suite: Suite): number => {
  let count = 0
  for (const { one } of writtenCases(suite)) if (one.active) count += combinationCount(one)
  return count
}

/** The models of a suite with what calls to them say, by the names they have in results. */
export const modelsOf = (suite: Pick<Suite, 'providers'>): (ModelSpec & { label: string })[] =>
  suite.providers.map((given) =>
    typeof given === 'string' ? { id: given, label: given, config: {} } : { ...given, label: given.label ?? given.id },
  )

function* writtenCases(suite: Suite): Generator<{ one: Case; at: PropertyKey[] }> {
  for (let index = 0; index < suite.tests.length; index++) {
    yield { one: merged(suite.defaultTest, suite.tests[index]!), at: ['tests', index] }
  }
  for (const [number, scenario] of suite.scenarios.entries()) {
    for (const [index, test] of scenario.tests.entries()) {
      for (const circumstances of scenario.config) {
        const one = merged(merged(suite.defaultTest, circumstances), test)
        yield { one: named(one, scenario.description), at: ['scenarios', number, 'tests', index] }
      }
    }
  }
}

const named = (one: Case, description: string | undefined): Case =>
  description === undefined ? one : { ...one, description: [description, one.description].filter(Boolean).join(': ') }

const empty: Case = { vars: {}, assert: [], tags: [], requires: [], active: true }

/** A case with what stands before it where it is silent; assertions, tags and their like of both count. */
const merged = (before: PartialCase | undefined, one: PartialCase): Case => {
  if (!before) return { ...empty, ...definedOf(one) }
  return {
    ...empty,
    ...definedOf(before),
    ...definedOf(one),
    vars: { ...before.vars, ...one.vars },
    assert: [...(before.assert ?? []), ...(one.assert ?? [])],
    tags: [...(before.tags ?? []), ...(one.tags ?? [])],
    requires: [...(before.requires ?? []), ...(one.requires ?? [])],
    limits: { ...before.limits, ...one.limits },
    ...((before.options ?? one.options) && { options: { ...before.options, ...one.options } }),
    ...((before.faults || one.faults) && { faults: [...(before.faults ?? []), ...(one.faults ?? [])] }),
  }
}

/** Every combination of the values of a matrix; without one, the case as it is. */
export function* combinationsOf({
  matrix,
}: {
  matrix?: Record<string, unknown[]> | undefined
}): Generator<Record<string, unknown> | null> {
  if (!matrix) return yield null
  const axes = Object.entries(matrix)
  const total = axes.reduce((product, [, values]) => product * values.length, 1)
  for (let number = 0; number < total; number++) {
    let rest = number
    const vars: Record<string, unknown> = {}
    for (const [name, values] of axes.toReversed()) {
      vars[name] = values[rest % values.length]
      rest = Math.floor(rest / values.length)
    }
    yield vars
  }
}

const combinationCount = ({ matrix }: Case): number =>
  Object.values(matrix ?? {}).reduce((product, values) => product * values.length, 1)

/** What a case is for, where it does not say so itself. */
const kindOf = (one: Case, suite: Suite): CaseKind => {
  if (one.kind ?? suite.kind) return (one.kind ?? suite.kind)!
  if (one.groupId !== undefined) return 'regression'
  if (one.steps || suite.tools.length > 0 || pluginNames(suite.mcp).length > 0) return 'integration'
  const isContract =
    one.assert.length > 0 && one.assert.every(({ type }) => structuralTypes.has(type.replace(/^not-/, '')))
  return isContract ? 'contract' : 'plain'
}

/** Assertions that look at the shape of an answer and not at what it says. */
const structuralTypes = new Set([
  'is-json',
  'contains-json',
  'is-xml',
  'contains-xml',
  'is-html',
  'contains-html',
  'is-sql',
  'contains-sql',
  'is-valid-function-call',
  'is-valid-openai-tools-call',
  'finish-reason',
])

type Defined<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> }

/** Every walk over the cases comes by here, and nearly always there is nothing to leave out. */
const definedOf = <Value extends object>(value: Value): Defined<Value> => {
  for (const key in value) {
    if (value[key] === undefined) return withoutUndefined(value)
  }
  return value as Defined<Value>
}

const withoutUndefined = <Value extends object>(value: Value): Defined<Value> =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Defined<Value>
