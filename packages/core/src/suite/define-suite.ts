import type { z } from 'zod'
import type { BuiltAssertion } from '../assertions/build.ts'
import { portableSchema } from '../assertions/standard-schema.ts'
import type { WrittenAssertion } from '../assertions/written.ts'
import type { ChatMessage } from '../gateway/chat.ts'
import { combinationsOf } from './cases.ts'
import type { AssertionSpec, Case, ModelSpec, Suite } from './suite.ts'

/** One check of an answer in code, or a set of them that counts as one. */
export type CodeAssertion = SingleAssertion | AssertionSet

type SingleAssertion = BuiltAssertion | WrittenAssertion
type AssertionSet = Omit<SpecInput, 'assert' | 'type'> & { type: 'assert-set'; assert: readonly SingleAssertion[] }
type SpecInput = z.input<typeof AssertionSpec>

type Checked<Value> = Omit<Value, 'assert'> & { assert?: readonly CodeAssertion[] | undefined }

/** One case in code. */
export type CodeCase = Checked<Omit<z.input<typeof Case>, 'steps'>> & {
  steps?: readonly Checked<{ input: string }>[] | undefined
}

/** The variables of all cases together: those that only some of them have may be missing. */
export type VarsOf<Cases extends readonly CodeCase[]> = Flat<Merged<OwnVars<Cases[number]>>>

/** A key that no case has is told by the compiler, although the type of the cases is inferred. */
type Strict<One> = One extends unknown ? One & { [Key in Exclude<keyof One, keyof CodeCase>]?: never } : never

type OwnVars<One> = One extends unknown ? VarsIn<One> & MatrixIn<One> : never
type VarsIn<One> = One extends { vars: infer Vars extends object } ? Vars : unknown
type MatrixIn<One> = One extends { matrix: infer Matrix extends Record<string, readonly unknown[]> }
  ? { [Name in keyof Matrix]: Matrix[Name][number] }
  : unknown
type Merged<Each> = { [Name in keyof Each]: Each[Name] } & {
  [Name in Exclude<AllKeys<Each>, keyof Each>]?: Each extends { [Key in Name]?: infer Value } ? Value : never
}
type AllKeys<Each> = Each extends unknown ? keyof Each : never
type Flat<Value> = { [Name in keyof Value]: Value[Name] }

/** A prompt: a text with `{{variables}}`, a conversation of such texts, or a function of the variables of a case. */
export type CodePrompt<Vars> = string | ChatMessage[] | ((vars: Vars) => string | ChatMessage[])

/** What a function that is tested gets of one turn. */
export type CodeTurn<Vars> = {
  vars: Vars
  /** What was just said: the last message as text. */
  input: string
  /** The conversation so far. */
  messages: readonly ChatMessage[]
  signal: AbortSignal
}

/** Code of one's own that answers in place of a model: a text, or a value that assertions see as JSON. */
export type CodeTarget<Vars> = (turn: CodeTurn<Vars>) => unknown

type Models = string | z.input<typeof ModelSpec> | readonly (string | z.input<typeof ModelSpec>)[]

/** What is tested: models by name, a prompt on models, or a function. */
export type SuiteTarget<Vars> =
  | Models
  | { models?: Models; prompt: CodePrompt<Vars> }
  | { models?: Models; prompts: readonly CodePrompt<Vars>[] }
  | CodeTarget<Vars>

type Others = Omit<
  z.input<typeof Suite>,
  '$schema' | 'name' | 'prompts' | 'providers' | 'tests' | 'defaultTest' | 'scenarios'
>

/** A suite in code: what is tested, on which cases, and what must hold of every answer. */
export type SuiteDefinition<Cases extends readonly CodeCase[]> = Others & {
  name: string
  target: SuiteTarget<VarsOf<Cases>>
  cases: Cases & { [Index in keyof Cases]: Strict<Cases[Index]> }
  /** What must hold of every case, beside its own assertions. */
  assert?: readonly CodeAssertion[]
}

/** A suite that was defined in code: what a file would hold, and the function that is tested, if it is one. */
export type DefinedSuite = z.input<typeof Suite> & { readonly [codeTarget]?: CodeTarget<never> }

/** Where a defined suite keeps its function; a symbol, so that the rest stays plain data. */
export const codeTarget = Symbol.for('assay.codeTarget')

/** A case has its text in this variable when its prompt is a function: what is put in is never read as a template. */
const PROMPT_VARIABLE = 'assayPrompt'

/** The provider under which a function that is tested stands in results. */
export const CODE_PROVIDER = 'code'

/**
 * Defines a suite for `assay test x.eval.ts`, for Vitest, and for whatever takes suites as data. The variables of the
 * cases are the parameters of prompts and targets, and what an assertion does not take does not compile.
 */
export const defineSuite = <Cases extends readonly CodeCase[]>({
  name,
  target,
  cases,
  assert,
  ...others
}: SuiteDefinition<Cases>): DefinedSuite => {
  const read = readTarget(target)
  const functions = read.prompts.filter((prompt) => typeof prompt === 'function')
  if (functions.length > 0 && read.prompts.length > functions.length) {
    throw new TypeError(`suite ${name}: prompts are all functions or all texts`)
  }
  const written = cases.map(portableCase).map((one) => (read.code ? callable(one) : one))
  const tests = functions.length === 0 ? written : written.flatMap((one) => [...promptedCases(one, functions)])
  const suite: z.input<typeof Suite> = {
    ...others,
    name,
    providers: read.code ? [{ id: `${CODE_PROVIDER}/${read.code.name || 'target'}` }] : read.models,
    prompts: read.prompts.filter((prompt) => typeof prompt !== 'function'),
    ...(assert && { defaultTest: { assert: assert.map(portableAssertion) } }),
    tests,
  }
  return read.code ? Object.defineProperty(suite, codeTarget, { value: read.code }) : suite
}

type Read = {
  models: (string | z.input<typeof ModelSpec>)[]
  prompts: CodePrompt<never>[]
  code: CodeTarget<never> | null
}

const readTarget = (target: SuiteTarget<never>): Read => {
  if (typeof target === 'function') return { models: [], prompts: [], code: target }
  if (typeof target === 'object' && 'prompt' in target) {
    return { models: listOf(target.models), prompts: [target.prompt], code: null }
  }
  if (typeof target === 'object' && 'prompts' in target) {
    return { models: listOf(target.models), prompts: [...target.prompts], code: null }
  }
  return { models: listOf(target), prompts: [], code: null }
}

const listOf = (models: Models | undefined): Read['models'] => {
  if (models === undefined) return []
  return isList(models) ? [...models] : [models]
}

const isList = (models: Models): models is readonly (string | z.input<typeof ModelSpec>)[] => Array.isArray(models)

type CaseInput = z.input<typeof Case>

/** A case whose schemas are data. */
const portableCase = ({ assert, steps, ...one }: CodeCase): CaseInput => ({
  ...one,
  ...(assert && { assert: assert.map(portableAssertion) }),
  ...(steps && {
    steps: steps.map(({ input, assert: own }) => ({ input, ...(own && { assert: own.map(portableAssertion) }) })),
  }),
})

/** A function needs nothing to be said to it: its variables are what it is called with. */
const callable = (one: CaseInput): CaseInput => {
  const description = one.description ?? one.id ?? one.input ?? JSON.stringify(one.vars ?? {})
  const isAsked = one.input !== undefined || one.messages !== undefined || one.steps !== undefined
  return { ...one, description: description.slice(0, LONGEST_TITLE), ...(!isAsked && { input: '' }) }
}

const LONGEST_TITLE = 80

const portableAssertion = (given: CodeAssertion): SpecInput => {
  const spec = given as SpecInput
  return {
    ...spec,
    ...(spec.value !== undefined && { value: portableSchema(spec.value) }),
    ...(spec.options?.['schema'] !== undefined && {
      options: { ...spec.options, schema: portableSchema(spec.options['schema']) },
    }),
    ...(spec.assert && { assert: spec.assert.map((one) => portableAssertion(one as CodeAssertion)) }),
  }
}

type PromptFunction = (vars: never) => string | ChatMessage[]

/** The case with what its functions make of its variables; each combination of a matrix and each prompt on its own. */
function* promptedCases(one: CaseInput, prompts: readonly PromptFunction[]): Generator<CaseInput> {
  const { matrix, ...rest } = one
  for (const combination of combinationsOf({ matrix })) {
    const vars = { ...one.vars, ...combination }
    for (const [index, prompt] of prompts.entries()) {
      const made = prompt(vars as never)
      yield {
        ...rest,
        ...named(one, { made, combination, index, count: prompts.length }),
        ...asked(made, one.input, vars),
      }
    }
  }
}

/** Ids stay apart, and titles tell the prompts from each other. */
const named = (
  { id, description }: CaseInput,
  given: { made: string | ChatMessage[]; combination: Record<string, unknown> | null; index: number; count: number },
): Partial<CaseInput> => {
  const { made, combination, index, count } = given
  const suffix = [...(combination ? [JSON.stringify(combination)] : []), ...(index > 0 ? [`#${index + 1}`] : [])]
  const title = description ?? id ?? textOf(made).trim().split('\n', 1)[0]!.slice(0, LONGEST_TITLE)
  return {
    ...(id !== undefined && { id: [id, ...suffix].join(' ') }),
    description: count > 1 ? `${title} (prompt ${index + 1})` : title,
  }
}

const textOf = (made: string | ChatMessage[]): string => {
  if (typeof made === 'string') return made
  const content = made.at(-1)?.content
  return typeof content === 'string' ? content : 'conversation'
}

/** With an input of its own a case is asked that, and its prompt is the system message, as in a file. */
const asked = (
  made: string | ChatMessage[],
  input: string | undefined,
  vars: Record<string, unknown>,
): Partial<CaseInput> => {
  if (typeof made === 'string' && input === undefined) {
    return { input: `{{${PROMPT_VARIABLE}}}`, vars: { ...vars, [PROMPT_VARIABLE]: made } }
  }
  const messages = typeof made === 'string' ? [{ role: 'system', content: made } as const] : made
  const texts = messages.map(({ content }) => content)
  const held = messages.map((message, index): ChatMessage =>
    typeof message.content === 'string' ? { ...message, content: `{{${PROMPT_VARIABLE}.${index}}}` } : message,
  )
  return {
    input: undefined,
    messages: [...held, ...(input === undefined ? [] : [{ role: 'user', content: input } as const])],
    vars: { ...vars, [PROMPT_VARIABLE]: texts },
  }
}
