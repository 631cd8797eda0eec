import { z } from 'zod'
import { canonicalJson } from '../cache/normalise.ts'
import { AssayError } from '../errors.ts'
import { ChatMessage, ChatRequest } from '../gateway/chat.ts'
import { PassAtText } from '../suite/suite.ts'
import { Expected, testKinds, TestPhase, type RegressionTest } from './regression-test.ts'
import { sha256 } from './sha256.ts'
import { asksNothing, GivenTarget, targetText, type TestTarget } from './test-target.ts'

const TestName = z
  .string()
  .trim()
  .regex(/^[\p{L}\p{N}_][\p{L}\p{N}_ .:-]{0,119}$/u, {
    message: 'is 1 to 120 letters, digits, spaces, dots, colons and dashes',
  })

/** What is asked: a prompt, or a whole conversation, with further fields of the request. */
const asked = {
  prompt: z.string().min(1).max(262_144).optional(),
  messages: z.array(ChatMessage).min(1).max(1_000).optional(),
  parameters: z
    .record(z.string(), z.unknown())
    .optional()
    .describe('Further fields of the request, such as `temperature` and `response_format`.'),
}

const WrittenTarget = z
  .union([z.string().min(1).max(2_048), GivenTarget])
  .describe('A target, or in short `provider/model`, the name of an alias, an address, or `database`.')

const GivenPhase = z.strictObject({
  name: TestPhase.shape.name,
  target: WrittenTarget.optional().describe('That of the test when left out.'),
  ...asked,
  expected: Expected.prefault({}),
})

const fields = {
  name: TestName,
  kind: z.enum(testKinds),
  ...asked,
  target: WrittenTarget,
  expected: Expected,
  phases: z.array(GivenPhase).max(20).describe('Steps of a pipeline, instead of one prompt.'),
  badOutput: z
    .string()
    .min(1)
    .max(262_144)
    .nullable()
    .describe('An answer that must not pass: what it is seen to fail on.'),
  passAt: PassAtText.nullable(),
  framework: z.string().min(1).max(64).nullable(),
  tags: z.array(z.string().trim().min(1).max(64)).max(32),
}

/** A regression test as a person writes it. */
export const GivenTest = z.strictObject({
  ...fields,
  kind: fields.kind.default('regression'),
  expected: fields.expected.prefault({ shouldNotFail: true }),
  phases: fields.phases.default([]),
  badOutput: fields.badOutput.default(null),
  passAt: fields.passAt.default(null),
  framework: fields.framework.default(null),
  tags: fields.tags.default([]),
})
export type GivenTest = z.infer<typeof GivenTest>

/** What of a test is to change; what is left out stays. */
export const GivenTestChanges = z
  .strictObject(fields)
  .partial()
  .extend({ isActive: z.boolean().optional().describe('True also brings a retired test back, as a draft.') })
  .refine((changes) => Object.keys(changes).length > 0, 'needs something to change')
export type GivenTestChanges = z.infer<typeof GivenTestChanges>

type Case = Pick<RegressionTest, 'target' | 'request' | 'phases'>
type Content = Case & Pick<RegressionTest, 'kind' | 'expected'>

/** What a test asks of what; refuses what cannot be run, naming the field and the way out. */
export const caseOfGiven = (
  given: Pick<GivenTest, 'prompt' | 'messages' | 'parameters' | 'target' | 'phases'>,
): Case => {
  const target = readTarget(given.target, ['target'])
  const phases = given.phases.map((phase, place): TestPhase => {
    const own = phase.target === undefined ? null : readTarget(phase.target, ['phases', String(place), 'target'])
    const request = requestOf(phase, { target: own ?? target, at: `phases.${place}` })
    return { name: phase.name, target: own, request, expected: phase.expected }
  })
  if (phases.length === 0) return { target, request: requestOf(given, { target, at: '' }), phases }
  if (given.prompt !== undefined || given.messages !== undefined)
    refuse('phases', 'asks already: write either phases, or one prompt')
  refuseDoubled(phases)
  return { target, request: null, phases }
}

/** Refuses a test that does not do what its kind says. */
export const checkKind = ({ kind, target, phases, expected }: Content): void => {
  if (kind === 'integration' && phases.length < 2 && target.kind !== 'suite')
    refuse('phases', 'an integration test runs a whole pipeline: write two phases or more, or name a suite')
  const checksForm = (one: TestTarget, holds: RegressionTest['expected']): boolean =>
    one.kind === 'gateway' || one.kind === 'database' || holds.schema !== undefined
  const isContract =
    checksForm(target, expected) || phases.some((phase) => checksForm(phase.target ?? target, phase.expected))
  if (kind === 'contract' && !isContract)
    refuse('expected.schema', 'a contract test checks a form: give a schema, or the target gateway or database')
}

/** Equal for two tests that ask the same of the same and expect the same. */
export const contentHashOf = ({
  kind: _kind,
  ...content
}: Content & Pick<RegressionTest, 'badOutput' | 'passAt'>): string =>
  sha256(
    canonicalJson({
      target: content.target,
      request: content.request,
      phases: content.phases,
      expected: content.expected,
      badOutput: content.badOutput,
      passAt: content.passAt,
    }),
  )

/** A target as it is written in short: an address, `database`, a model with its provider, else the name of an alias. */
export const readTarget = (given: string | GivenTarget, path: readonly string[] = ['target']): GivenTarget => {
  if (typeof given !== 'string') return given
  const parsed = GivenTarget.safeParse(inLong(given))
  if (parsed.success) return parsed.data
  return refuse(path.join('.'), parsed.error.issues[0]?.message ?? 'is no target')
}

const inLong = (given: string): unknown => {
  if (given === 'database') return { kind: 'database' }
  if (/^https?:\/\//.test(given)) return { kind: 'endpoint', url: given }
  const suite = /^suite:(.+)$/.exec(given)
  if (suite) return { kind: 'suite', suiteId: suite[1] }
  const [, dialect, model] = /^gateway:(\w+):(.+)$/.exec(given) ?? []
  if (dialect !== undefined) return { kind: 'gateway', dialect, model }
  if (given === 'auto' || given.includes('/')) return { kind: 'model', model: given }
  return { kind: 'alias', alias: given }
}

const requestOf = (
  { prompt, messages, parameters }: Pick<GivenTest, 'prompt' | 'messages' | 'parameters'>,
  { target, at }: { target: TestTarget; at: string },
): ChatRequest | null => {
  const place = at === '' ? 'prompt' : `${at}.prompt`
  if (asksNothing(target)) {
    if (prompt === undefined && messages === undefined) return null
    return refuse(place, `has no place here: ${targetText(target)} brings its own questions`)
  }
  if ((prompt === undefined) === (messages === undefined)) refuse(place, 'needs either prompt or messages')
  const model = target.kind === 'model' || target.kind === 'gateway' ? target.model : targetText(target).slice(0, 256)
  const written = { ...parameters, model, messages: messages ?? [{ role: 'user', content: prompt }] }
  const parsed = ChatRequest.safeParse(written)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  return refuse(at === '' ? 'parameters' : `${at}.parameters`, `${issue?.path.join('.')}: ${issue?.message}`)
}

const refuseDoubled = (phases: readonly TestPhase[]): void => {
  const names = phases.map(({ name }) => name)
  const doubled = names.find((name, place) => names.indexOf(name) !== place)
  if (doubled !== undefined) refuse('phases', `${doubled} is the name of two phases`)
}

const refuse = (path: string, message: string): never => {
  throw new AssayError('input.invalid', { what: 'regression test', issues: [{ path, message }] })
}
