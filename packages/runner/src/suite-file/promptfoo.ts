import { readJudge, readModel } from './promptfoo-model.ts'
import type { SuiteSource } from './source.ts'
import type { SuiteIssue } from './suite-text.ts'

/** Names something of a configuration that means something there and nothing here. */
export type Report = (at: PropertyKey[], message: string) => void

/** A configuration as a suite of ours, before it is checked, and what of it could not be carried over. */
export type Converted = { raw: Record<string, unknown>; unsupported: SuiteIssue[] }

type Members = Record<string, unknown>

/** Keys that change how promptfoo shows or shares a run, and never a verdict. */
const withoutEffect = {
  suite: [
    'sharing',
    'outputPath',
    'writeLatestResults',
    'commandLineOptions',
    'metadata',
    'tags',
    'tracing',
    '$schema',
  ],
  case: ['metadata', 'id'],
  options: ['storeOutputAs', 'disableConversationVar', 'runSerially', 'postprocess'],
  evaluate: [
    'maxConcurrency',
    'showProgressBar',
    'interactive',
    'cache',
    'generateSuggestions',
    'timeoutMs',
    'maxEvalTimeMs',
  ],
}

/** Assertions that promptfoo has and we have not: they run programs, ask its services or judge in ways of its own. */
const foreignAssertions = new Set([
  'python',
  'ruby',
  'webhook',
  'moderation',
  'classifier',
  'guardrails',
  'human',
  'meteor',
  'pi',
  'search-rubric',
  'conversation-relevance',
  'trace-span-count',
  'trace-span-duration',
  'trace-error-spans',
])

/** Reads a configuration of promptfoo's as a suite: its names where they mean the same, nothing skipped unnamed. */
export const fromPromptfoo = ({ raw, place }: SuiteSource): Converted => {
  const unsupported: SuiteIssue[] = []
  const report: Report = (at, message) => void unsupported.push({ path: dottedPath(at), message, ...place(at) })
  const reader = createReader(raw, report)
  const { description, prompts, providers, targets, tests, defaultTest, scenarios, evaluateOptions, ...others } = raw
  const { env, assertionTemplates: _templates, ...rest } = others
  for (const key of Object.keys(rest)) {
    if (!withoutEffect.suite.includes(key)) report([key], 'is not supported')
  }
  const models = listOf(providers ?? targets)
  const modelsKey = providers === undefined ? 'targets' : 'providers'
  const evaluate = membersOf(evaluateOptions)
  for (const key of Object.keys(evaluate)) {
    if (key !== 'repeat' && !withoutEffect.evaluate.includes(key)) report(['evaluateOptions', key], 'is not supported')
  }
  return {
    unsupported,
    raw: {
      ...(typeof description === 'string' && { name: description.slice(0, 200) }),
      prompts: listOf(prompts).flatMap((one, index) => readPrompt(one, ['prompts', index], report)),
      providers: models.flatMap((one, index) => readModel(one, [modelsKey, index], report) ?? []),
      ...(defaultTest !== undefined && { defaultTest: reader.readCase(defaultTest, ['defaultTest']) }),
      tests:
        tests === undefined && scenarios === undefined
          ? [{}] // Without tests each prompt is asked once as it stands.
          : listOf(tests).map((one, index) => reader.readCase(one, ['tests', index])),
      scenarios: listOf(scenarios).map((one, index) => reader.readScenario(one, ['scenarios', index])),
      ...(typeof evaluate['repeat'] === 'number' && { repeat: evaluate['repeat'] }),
      ...(env !== undefined && { env: Object.keys(membersOf(env)) }),
    },
  }
}

const createReader = (config: Members, report: Report) => {
  const templates = membersOf(config['assertionTemplates'])

  const readCase = (given: unknown, at: PropertyKey[]): Members => {
    const { description, vars, assert, threshold, options, provider, ...others } = membersOf(given)
    for (const key of Object.keys(others)) {
      if (!withoutEffect.case.includes(key)) report([...at, key], 'is not supported')
    }
    if (provider !== undefined && typeof provider !== 'string')
      report([...at, 'provider'], 'is not supported as an object')
    const {
      transform,
      prefix,
      suffix,
      disableVarExpansion,
      rubricPrompt,
      provider: judge,
      factuality,
      ...settings
    } = membersOf(options)
    for (const key of Object.keys(settings)) {
      if (!withoutEffect.options.includes(key)) report([...at, 'options', key], 'is not supported')
    }
    for (const [key, value] of Object.entries({ prefix, suffix, provider })) {
      if (value !== undefined && value !== '')
        report([...at, ...(key === 'provider' ? [key] : ['options', key])], 'is not supported')
    }
    const judged = definedOf({
      provider: judge === undefined ? undefined : readJudge(judge, [...at, 'options', 'provider'], report),
      rubricPrompt,
      factuality,
    })
    return {
      ...(typeof description === 'string' && { description: description.slice(0, 1_000) }),
      ...readVars(membersOf(vars), disableVarExpansion === true),
      assert: listOf(assert).flatMap((one, index) => readAssertion(one, [...at, 'assert', index])),
      ...(Object.keys(judged).length > 0 && { options: judged }),
      ...(typeof threshold === 'number' && { threshold }),
      ...(typeof transform === 'string' && { transform }),
    }
  }

  const readAssertion = (given: unknown, at: PropertyKey[]): Members[] => {
    const written = membersOf(given)
    const name = typeof written['$ref'] === 'string' ? written['$ref'].replace(/^#\/assertionTemplates\//, '') : null
    const resolved = name === null ? written : { ...membersOf(templates[name]), ...written, $ref: undefined }
    if (name !== null && !(name in templates)) report([...at, '$ref'], `there is no template ${name}`)
    const {
      type,
      value,
      threshold,
      weight,
      metric,
      transform,
      provider,
      rubricPrompt,
      contextTransform,
      config: settings,
      assert,
      $ref: _,
      ...others
    } = resolved
    if (typeof type === 'string' && foreignAssertions.has(type.replace(/^not-/, ''))) {
      report(at, `${type} is an assertion that is not supported`)
      return []
    }
    for (const key of Object.keys(others)) report([...at, key], 'is not supported')
    const judge = provider === undefined ? undefined : readJudge(provider, [...at, 'provider'], report)
    const inner = listOf(assert).flatMap((one, index) => readAssertion(one, [...at, 'assert', index]))
    return [
      definedOf({
        type,
        value,
        threshold,
        weight,
        metric,
        transform,
        config: settings,
        ...(type === 'assert-set' ? { assert: inner } : { provider: judge, rubricPrompt, contextTransform }),
      }),
    ]
  }

  const readScenario = (given: unknown, at: PropertyKey[]): Members => {
    const { description, config: circumstances, tests, ...others } = membersOf(given)
    for (const key of Object.keys(others)) report([...at, key], 'is not supported')
    return definedOf({
      description,
      config: listOf(circumstances).map((one, index) => readCase(one, [...at, 'config', index])),
      tests: tests === undefined ? [{}] : listOf(tests).map((one, index) => readCase(one, [...at, 'tests', index])),
    })
  }

  return { readCase, readScenario }
}

/** Lists among the variables are a case for each combination, unless that is turned off. */
const readVars = (vars: Members, isKept: boolean): Members => {
  const lists = Object.entries(vars).filter(([, value]) => Array.isArray(value) && value.length > 0)
  if (isKept || lists.length === 0) return { vars }
  const single = Object.fromEntries(Object.entries(vars).filter(([name]) => !lists.some(([list]) => list === name)))
  return { vars: single, matrix: Object.fromEntries(lists) }
}

/** A text, a conversation as JSON, or an object with either in `raw`. */
const readPrompt = (given: unknown, at: PropertyKey[], report: Report): unknown[] => {
  if (typeof given === 'string') return [chatIn(given) ?? given]
  if (Array.isArray(given)) return [given]
  const { raw, label: _, id: __, ...others } = membersOf(given)
  for (const key of Object.keys(others)) report([...at, key], 'is not supported')
  if (typeof raw === 'string') return [chatIn(raw) ?? raw]
  report(at, 'is no prompt')
  return []
}

/** A prompt that is a list of messages in JSON. */
const chatIn = (text: string): unknown[] | null => {
  if (!text.trimStart().startsWith('[')) return null
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) && value.every((one) => membersOf(one)['role'] !== undefined) ? value : null
  } catch {
    return null
  }
}

const listOf = (value: unknown): unknown[] => (value === undefined || value === null ? [] : [value].flat())

const membersOf = (value: unknown): Members =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Members) : {}

const definedOf = (members: Members): Members =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))

const dottedPath = (at: readonly PropertyKey[]): string =>
  at.reduce<string>(
    (path, step) => (typeof step === 'number' ? `${path}[${step}]` : path ? `${path}.${String(step)}` : String(step)),
    '',
  )
