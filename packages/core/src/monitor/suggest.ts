import type { ChatRequest } from '../gateway/chat.ts'
import { SECOND_MS } from '../clock.ts'
import type { AssertionSpec } from '../suite/suite.ts'
import { requestedSchema } from './regression.ts'
import type { Expected, RegressionTest } from './regression-test.ts'
import type { Suggestion, TestChange } from './suggestion-api.ts'

/** What the rules look at. */
export type Suggestible = {
  test: Pick<RegressionTest, 'name' | 'method' | 'expected' | 'target'> & { request: ChatRequest | null }
  /** The answer that it must not accept; null where the failure was an error. */
  badOutput: string | null
  /** For each assertion of the expectation whether it passes on that answer; null where a model would have to judge. */
  passesOnBad: readonly (boolean | null)[]
  /** Whether its JSON Schema accepts that answer; null without one of either. */
  schemaPassesOnBad: boolean | null
  /** Times of answers that passed. */
  durationsMs: readonly number[]
  /** An older test that asks and expects the same. */
  twin: { name: string } | null
  /** Names of models of the target's provider, those with a date or version among them. */
  models: readonly string[]
}

/** A suggestion before it has an id. */
export type SuggestedChange = Pick<Suggestion, 'rule' | 'title' | 'why' | 'before' | 'after'>

/** What would make a test better, by rules alone: no model is asked. */
export const suggest = (found: Suggestible): SuggestedChange[] =>
  rules.flatMap((rule) => {
    const finding = rule(found)
    return finding === null ? [] : finding
  })

type Rule = (found: Suggestible) => SuggestedChange[] | SuggestedChange | null

const expectation = (before: Expected, after: Expected): { before: TestChange; after: TestChange } => ({
  before: { expected: before },
  after: { expected: after },
})

/** An assertion that the wrong answer satisfies does not tell it from a right one; another one has to. */
const passesOnRecorded: Rule = ({ test: { expected }, passesOnBad, schemaPassesOnBad }) => {
  const isTold = passesOnBad.some((pass) => pass === false) || schemaPassesOnBad === false
  if (!isTold) return null
  return (expected.assertions ?? []).flatMap((assertion, place) =>
    passesOnBad[place] !== true
      ? []
      : {
          rule: 'passes_on_recorded' as const,
          title: `${assertion.type} passes on the recorded bad answer`,
          why: 'It holds of the answer that must not pass as well, so that it tells nothing apart.',
          ...expectation(expected, { ...expected, assertions: without(expected.assertions, place) }),
        },
  )
}

const PROSE_WORDS = 8
const LIKE_ENOUGH = 0.6

/** No model says the same sentence twice in the same words. */
const equalityOnProse: Rule = ({ test: { expected } }) =>
  (expected.assertions ?? []).flatMap((assertion, place) => {
    const { type, value } = assertion
    if (type !== 'equals' || typeof value !== 'string' || !isProse(value)) return []
    const like: AssertionSpec = { type: 'rouge-n', value, threshold: LIKE_ENOUGH, weight: assertion.weight }
    const assertions = (expected.assertions ?? []).with(place, like)
    return {
      rule: 'equality_on_prose' as const,
      title: 'equals compares free prose',
      why: 'A right answer in other words fails. Likeness lets the words differ.',
      ...expectation(expected, { ...expected, assertions }),
    }
  })

const isProse = (text: string): boolean => text.trim().split(/\s+/).length >= PROSE_WORDS && !/^\s*[[{<]/.test(text)

/** A replay that accepts the very answer that was wrong guards nothing. */
const noEffectiveAssertion: Rule = ({
  test: { method, expected, request },
  badOutput,
  passesOnBad,
  schemaPassesOnBad,
}) => {
  if (method !== 'replay' || badOutput === null) return null
  const isTold = passesOnBad.some((pass) => pass !== true) || schemaPassesOnBad === false
  if (isTold) return null
  const schema = request && expected.schema === undefined ? requestedSchema(request) : null
  const added: AssertionSpec = { type: 'not-equals', value: badOutput, weight: 1 }
  const after = schema ? { ...expected, schema } : { ...expected, assertions: [...(expected.assertions ?? []), added] }
  return {
    rule: 'no_effective_assertion',
    title: 'Nothing in it fails on the recorded bad answer',
    why: schema
      ? 'The request asks for an answer of this JSON Schema, and the test does not check it.'
      : 'The least it can say is that this very answer must not come again; say better what is wanted where you know it.',
    ...expectation(expected, after),
  }
}

const duplicate: Rule = ({ twin }) =>
  twin && {
    rule: 'duplicate',
    title: `It asks and expects what ${twin.name} does`,
    why: 'Two tests of one thing cost twice and count twice.',
    before: { retired: false },
    after: { retired: true },
  }

const versioned = /\d{4}-\d{2}-\d{2}|\d{8}|[-@]\d{3,4}$|-\d{2}-\d{2}$/

/** A name without a date means another model tomorrow. */
const unpinnedModel: Rule = ({ test: { target }, models }) => {
  if (target.kind !== 'model' || !target.model.includes('/') || target.model.startsWith('sim/')) return null
  const { model } = target
  if (versioned.test(model)) return null
  const bare = model.replace(/-latest$/, '')
  const pinned = models
    .filter((name) => name.startsWith(`${bare}-`) && versioned.test(name) && !/[a-z]/i.test(name.slice(bare.length)))
    .toSorted()
    .at(-1)
  return pinned === undefined
    ? null
    : {
        rule: 'unpinned_model',
        title: `${model} means whatever its provider makes of it`,
        why: 'A change of the model behind the name looks like a change of the product.',
        before: { model },
        after: { model: pinned },
      }
}

const SLOWEST_FACTOR = 3
const LEAST_LIMIT_MS = 5 * SECOND_MS
const DEFAULT_LIMIT_MS = 30 * SECOND_MS

const noTimeLimit: Rule = ({ test: { expected, method }, durationsMs }) => {
  if (expected.maxDurationMs !== undefined || method !== 'replay') return null
  const slowest = Math.max(0, ...durationsMs)
  const wanted = Math.ceil((slowest * SLOWEST_FACTOR) / SECOND_MS) * SECOND_MS
  const maxDurationMs = durationsMs.length === 0 ? DEFAULT_LIMIT_MS : Math.max(LEAST_LIMIT_MS, wanted)
  return {
    rule: 'no_time_limit',
    title: 'An answer may take for ever',
    why:
      durationsMs.length === 0
        ? 'An answer that comes too late passes.'
        : `An answer that comes too late passes. The slowest of its ${durationsMs.length} latest passes took ${Math.round(slowest)} ms.`,
    ...expectation(expected, { ...expected, maxDurationMs }),
  }
}

const rules: readonly Rule[] = [
  noEffectiveAssertion,
  passesOnRecorded,
  equalityOnProse,
  duplicate,
  unpinnedModel,
  noTimeLimit,
]

const without = (assertions: readonly AssertionSpec[] = [], place: number): AssertionSpec[] =>
  assertions.filter((_, index) => index !== place)
