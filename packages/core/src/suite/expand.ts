import type { ChatMessage } from '../gateway/chat.ts'
import { pluginNames, type Fault } from './agent.ts'
import { canonicalJson, caseKeyOf, type Sha256 } from './case-key.ts'
import { casesOf, modelsOf, type ReadyCase } from './cases.ts'
import { createKeyCounter } from './key-counter.ts'
import { isChosen, titleOf, type CaseFilter } from './filter.ts'
import { parsePassAt } from './repeats.ts'
import { caseKinds, Limits, type AssertionSpec, type Case, type CaseKind, type Suite } from './suite.ts'
import { withJudgeOptions } from './judge-options.ts'
import { compileTemplate, hasTemplate, renderValue } from './template.ts'

/** One turn of a conversation with everything put in. */
export type PlannedStep = { input: string; assertions: AssertionSpec[] }

/** One call that a run will make: a case on a model, for the n-th time, with everything put in. */
export type PlannedCase = {
  caseKey: string
  title: string
  kind: CaseKind
  tags: string[]
  /** Where it stands in the file. */
  at: PropertyKey[]
  /** The model by its name in results, and as it is asked for. */
  model: string
  modelId: string
  /** Fields of the request that the suite sets for this model. */
  parameters: Record<string, unknown>
  /** JavaScript that answers instead of a model. */
  script?: string | undefined
  repeat: number
  input: string
  messages: ChatMessage[]
  /** What must hold of the first answer, where more follow. */
  opening: AssertionSpec[]
  /** Further turns, each said when the one before is answered. */
  steps: PlannedStep[]
  vars: Record<string, unknown>
  expectedOutput: string | undefined
  assertions: AssertionSpec[]
  /** Tells a changed check between runs. */
  assertHash: string
  threshold: number | undefined
  transform: string | undefined
  requires: string[]
  tools: Record<string, unknown>[]
  /** Plugins whose tools an agent is given. */
  plugins: string[]
  workspace: string | undefined
  faults: Fault[]
  passAt: string | undefined
  target: Case['target']
  /** Its place among the cases, and how many prompts it has: what answers to the same case are known by. */
  siblings: { number: number; prompts: number }
  quarantine: Case['quarantine']
  limits: Limits
}

export type ExpandOptions = CaseFilter & {
  models: readonly string[]
  sha256: Sha256
  /** Overrides the repeats of suite and cases. */
  repeat?: number | undefined
  /** Overrides when the repeats of a case stop. */
  passAt?: string | undefined
  /** Values that templates see as `env.NAME`. */
  environment?: Readonly<Record<string, string>> | undefined
}

/**
 * The calls of a suite, one at a time: cases × prompts × models × repeats. Smoke cases come first, then contracts and
 * the other kinds; within a kind they come as they are written.
 */
export function* expandSuite(suite: Suite, options: ExpandOptions): Generator<PlannedCase> {
  const numberOf = createKeyCounter(options.sha256)
  const named = new Map(modelsOf(suite).map((model) => [model.label, model]))
  for (const kind of kindsOf(suite)) {
    for (const one of casesOf(suite)) {
      if (one.kind !== kind || !isChosen(one, suite, options)) continue
      const repeats = repeatsOf(suite, one, options)
      for (const asked of askedOf(suite, one, options)) {
        const number = numberOf(asked.caseKey)
        // Equal cases stay apart: the second one of a key carries its number.
        const caseKey = number === 1 ? asked.caseKey : `${asked.caseKey}~${number}`
        if (options.keys && !options.keys.has(caseKey)) continue
        for (const model of options.models) {
          const { id: modelId, config: parameters, script } = named.get(model) ?? { id: model, config: {} }
          for (let repeat = 1; repeat <= repeats; repeat++) {
            yield { ...asked, caseKey, model, modelId, parameters, script, repeat }
          }
        }
      }
    }
  }
}

/** How many calls that makes, without putting anything in. */
export const countPlanned = (suite: Suite, options: Omit<ExpandOptions, 'sha256'>): number => {
  let count = 0
  for (const one of casesOf(suite)) {
    if (!isChosen(one, suite, options)) continue
    count += promptsOf(suite, one).length * options.models.length * repeatsOf(suite, one, options)
  }
  return count
}

/** The kinds that occur, so that a suite of one kind is walked through once. */
const kindsOf = (suite: Suite): CaseKind[] => {
  const found = new Set<CaseKind>()
  for (const { kind } of casesOf(suite)) {
    found.add(kind)
    if (found.size === caseKinds.length) break
  }
  return caseKinds.filter((kind) => found.has(kind))
}

/** A conversation and an input need no prompt; with both, the prompt is the system message. */
const promptsOf = (suite: Suite, one: Case): (Suite['prompts'][number] | null)[] =>
  suite.prompts.length === 0 || one.messages ? [null] : suite.prompts

type Asked = Omit<PlannedCase, 'model' | 'modelId' | 'parameters' | 'script' | 'repeat'>

/** How often a case is run at most. */
const repeatsOf = (suite: Suite, one: Case, { repeat, passAt }: Pick<ExpandOptions, 'repeat' | 'passAt'>): number => {
  const stop = passAt ?? one.passAt ?? suite.passAt
  if (stop !== undefined) return parsePassAt(stop)?.of ?? 1
  return one.target?.maxRepeats ?? repeat ?? one.repeat ?? suite.repeat
}

/** What is asked for one case, once for each prompt, with everything put in. */
export const askedOf = (
  suite: Suite,
  one: ReadyCase,
  { sha256, environment, passAt }: Pick<ExpandOptions, 'sha256' | 'environment' | 'passAt'>,
): Asked[] => {
  const title = titleOf(one, one.index)
  const prompts = promptsOf(suite, one)
  const first = one.input ?? one.steps?.[0]?.input
  const vars = varsOf(one, first, environment)
  const render = (text: string) => compileTemplate(text)(vars, title)
  const rendered = (specs: AssertionSpec[]) =>
    renderedAssertions(specs, vars, title).map((spec) => withJudgeOptions(spec, one.options))
  const turns = (one.steps ?? []).map(({ input, assert }) => ({ input: render(input), assertions: rendered(assert) }))
  // The first turn is the question itself when the case has none of its own.
  const steps = one.input === undefined && !one.messages ? turns.slice(1) : turns
  const opening = one.input === undefined && !one.messages ? (turns[0]?.assertions ?? []) : []
  const assertions = rendered(one.assert)
  const shared = {
    at: one.at,
    kind: one.kind,
    tags: one.tags,
    opening,
    steps,
    vars,
    expectedOutput: one.expected_output === undefined ? undefined : render(one.expected_output),
    assertions,
    assertHash: assertHashOf(one, [assertions, opening, ...steps.map((step) => step.assertions)], sha256),
    threshold: one.threshold,
    transform: one.transform ?? one.options?.transform,
    requires: one.requires,
    tools: suite.tools,
    siblings: { number: one.index, prompts: prompts.length },
    plugins: pluginNames(suite.mcp),
    workspace: one.workspace ?? suite.workspace,
    faults: one.faults ? [...suite.faults, ...one.faults] : suite.faults,
    passAt: passAt ?? one.passAt ?? suite.passAt,
    target: one.target,
    quarantine: one.quarantine,
    limits: limitsOf(suite, one),
  }
  return prompts.map((prompt, number) => {
    const messages = messagesOf({ messages: one.messages, input: first, prompt }, render)
    const asked = { ...one, messages: one.messages ?? one.steps }
    const key = caseKeyOf({ ...asked, prompt: one.messages ? null : prompt }, sha256)
    return {
      ...shared,
      caseKey: one.id !== undefined && number > 0 ? `${key}#${number + 1}` : key,
      title: prompts.length > 1 ? `${title} (prompt ${number + 1})` : title,
      input: contentText(messages.at(-1)),
      messages,
    }
  })
}

/** Most cases of a suite are held to the same assertions, so the last text is often the next one too. */
let lastChecks = { text: '', sha256: null as Sha256 | null, hash: '' }

const assertHashOf = (one: Case, lists: AssertionSpec[][], sha256: Sha256): string => {
  const text = checksText(one, lists)
  if (lastChecks.text !== text || lastChecks.sha256 !== sha256) {
    lastChecks = { text, sha256, hash: sha256(text).slice(0, 16) }
  }
  return lastChecks.hash
}

/** The text of everything that is checked; assertions that many cases share are written once. */
const checksText = ({ threshold, transform, options }: Case, lists: AssertionSpec[][]): string =>
  JSON.stringify([threshold ?? null, transform ?? options?.transform ?? null, lists.map((list) => list.map(specText))])

const specTexts = new WeakMap<AssertionSpec, string>()

const specText = (spec: AssertionSpec): string => {
  const known = specTexts.get(spec)
  if (known !== undefined) return known
  const text = canonicalJson(spec)
  specTexts.set(spec, text)
  return text
}

const varsOf = (
  one: Case,
  input: string | undefined,
  environment: ExpandOptions['environment'],
): Record<string, unknown> => {
  const known = {
    ...(environment && { env: environment }),
    ...(input !== undefined && { input }),
    ...(one.expected_output !== undefined && { expected_output: one.expected_output }),
  }
  return Object.keys(known).length === 0 ? one.vars : { ...known, ...one.vars }
}

/** Assertions without templates stay the objects they are, so that each is read once for all models and repeats. */
const renderedAssertions = (specs: AssertionSpec[], vars: Record<string, unknown>, title: string): AssertionSpec[] =>
  specs.map((spec) => {
    if (spec.assert?.some(isTemplate)) return { ...spec, assert: renderedAssertions(spec.assert, vars, title) }
    if (!isTemplate(spec)) return spec
    const render = (given: unknown) => renderValue(given, vars, title)
    return spec.options
      ? { ...spec, options: render(spec.options) as Record<string, unknown> }
      : { ...spec, value: render(spec.value) }
  })

const isTemplate = ({ value, options }: Pick<AssertionSpec, 'value' | 'options'>): boolean =>
  hasTemplate(value) || hasTemplate(options)

const defaultLimits = Limits.parse({})

/** Parsing costs as much as the rest of a case, and few cases have limits of their own. */
const limitsOf = (suite: Suite, one: Case): Limits =>
  !suite.limits && (!one.limits || Object.keys(one.limits).length === 0)
    ? defaultLimits
    : Limits.parse({ ...suite.limits, ...one.limits })

const messagesOf = (
  {
    messages,
    input,
    prompt,
  }: { messages: Case['messages']; input: string | undefined; prompt: Suite['prompts'][number] | null },
  render: (text: string) => string,
): ChatMessage[] => {
  const chat = messages ?? (Array.isArray(prompt) ? prompt : null)
  if (chat) {
    return chat.map(
      (message) =>
        ('content' in message
          ? { ...message, content: renderedContent(message.content, render) }
          : message) as ChatMessage,
    )
  }
  const text = prompt as string | null
  // A prompt alone is what the user says, and so is one that already holds the input.
  if (input === undefined || (text !== null && /\{\{\s*input\b/.test(text)))
    return [{ role: 'user', content: render(text ?? '') }]
  const user: ChatMessage = { role: 'user', content: render(input) }
  return text === null ? [user] : [{ role: 'system', content: render(text) }, user]
}

/** The texts of a message with the values put in, those of its parts too. */
const renderedContent = (content: unknown, render: (text: string) => string): unknown => {
  if (typeof content === 'string') return render(content)
  if (!Array.isArray(content)) return content
  return content.map((part: unknown) =>
    part !== null && typeof part === 'object' && 'text' in part && typeof part.text === 'string'
      ? { ...part, text: render(part.text) }
      : part,
  )
}

const contentText = (message: ChatMessage | undefined): string =>
  typeof message?.content === 'string' ? message.content : JSON.stringify(message?.content ?? '')
