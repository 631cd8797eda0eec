import type { z } from 'zod'
import type { ChatMessage } from '../gateway/chat.ts'
import { caseKeyOf, type Sha256 } from './case-key.ts'
import type { AssertionSpec, Case, Suite } from './suite.ts'
import { Limits } from './suite.ts'
import { compileTemplate, hasTemplate, renderValue } from './template.ts'

/** One call that a run will make: a case on a model, for the n-th time, with everything put in. */
export type PlannedCase = {
  caseKey: string
  title: string
  model: string
  repeat: number
  input: string
  messages: ChatMessage[]
  vars: Record<string, unknown>
  assertions: AssertionSpec[]
  threshold: number | undefined
  limits: z.infer<typeof Limits>
}

/** Which cases of a suite are run. */
export type CaseFilter = { text?: string | undefined; tags?: string[] | undefined }

export type ExpandOptions = CaseFilter & {
  models: readonly string[]
  sha256: Sha256
  /** Overrides the repeats of suite and cases. */
  repeat?: number | undefined
}

/** The calls of a suite, one at a time: cases × prompts × models × repeats, in the order in which they are written. */
export function* expandSuite(suite: Suite, options: ExpandOptions): Generator<PlannedCase> {
  const keys = new Map<string, number>()
  for (const [index, original] of suite.tests.entries()) {
    const one = withDefaults(original, suite.defaultTest)
    if (!isChosen(one, suite, index, options)) continue
    const repeats = options.repeat ?? one.repeat ?? suite.repeat
    for (const asked of askedOf(suite, one, index, options.sha256)) {
      const caseKey = unique(asked.caseKey, keys)
      for (const model of options.models) {
        for (let repeat = 1; repeat <= repeats; repeat++) yield { ...asked, caseKey, model, repeat }
      }
    }
  }
}

/** How many calls that makes, without putting anything in. */
export const countPlanned = (suite: Suite, options: Omit<ExpandOptions, 'sha256'>): number => {
  let count = 0
  for (const [index, original] of suite.tests.entries()) {
    const one = withDefaults(original, suite.defaultTest)
    if (!isChosen(one, suite, index, options)) continue
    count += promptsOf(suite, one).length * options.models.length * (options.repeat ?? one.repeat ?? suite.repeat)
  }
  return count
}

/** What a case is called on screen. */
export const titleOf = (one: Case, index: number): string =>
  one.description ?? one.id ?? (one.input ? shorten(one.input) : `case ${index + 1}`)

/** A case with what `defaultTest` says where it is silent; assertions and tags of both count. */
const withDefaults = (one: Case, defaults: Suite['defaultTest']): Case =>
  defaults
    ? {
        ...definedOf(defaults),
        ...one,
        vars: { ...defaults.vars, ...one.vars },
        assert: [...(defaults.assert ?? []), ...one.assert],
        tags: [...(defaults.tags ?? []), ...one.tags],
        limits: { ...defaults.limits, ...one.limits },
      }
    : one

const isChosen = (one: Case, suite: Suite, index: number, { text, tags = [] }: CaseFilter): boolean => {
  const own = new Set([...suite.tags, ...one.tags])
  const fits = (tag: string) => (tag.startsWith('!') ? !own.has(tag.slice(1)) : own.has(tag))
  return tags.every(fits) && (!text || titleOf(one, index).toLowerCase().includes(text.toLowerCase()))
}

/** A conversation and an input need no prompt; with both, the prompt is the system message. */
const promptsOf = (suite: Suite, one: Case): (string | null)[] =>
  suite.prompts.length === 0 || one.messages ? [null] : suite.prompts

type Asked = Omit<PlannedCase, 'model' | 'repeat'>

const askedOf = (suite: Suite, one: Case, index: number, sha256: Sha256): Asked[] => {
  const title = titleOf(one, index)
  const prompts = promptsOf(suite, one)
  const vars = one.input === undefined ? one.vars : { input: one.input, ...one.vars }
  const render = (text: string) => compileTemplate(text)(vars, title)
  const assertions = one.assert.some(({ value }) => hasTemplate(value))
    ? one.assert.map((spec) =>
        hasTemplate(spec.value) ? { ...spec, value: renderValue(spec.value, vars, title) } : spec,
      )
    : one.assert
  const limits = Limits.parse({ ...suite.limits, ...one.limits })
  return prompts.map((prompt, number) => {
    const system = prompt === null ? null : render(prompt)
    // A prompt that already holds the input is the whole question.
    const isWhole = prompt !== null && /\{\{\s*input\b/.test(prompt)
    const messages = messagesOf(isWhole ? { ...one, input: undefined } : one, system, render)
    const key = caseKeyOf({ ...one, prompt: one.messages ? null : prompt }, sha256)
    return {
      caseKey: one.id !== undefined && number > 0 ? `${key}#${number + 1}` : key,
      title: prompts.length > 1 ? `${title} (prompt ${number + 1})` : title,
      input: contentText(messages.at(-1)),
      messages,
      vars,
      assertions,
      threshold: one.threshold,
      limits,
    }
  })
}

const messagesOf = (
  one: Pick<Case, 'messages'> & { input?: string | undefined },
  system: string | null,
  render: (text: string) => string,
): ChatMessage[] => {
  if (one.messages) {
    return one.messages.map((message) =>
      typeof message.content === 'string' ? { ...message, content: render(message.content) } : message,
    )
  }
  if (one.input === undefined) return [{ role: 'user', content: system ?? '' }]
  const user: ChatMessage = { role: 'user', content: render(one.input) }
  return system === null ? [user] : [{ role: 'system', content: system }, user]
}

/** Equal cases stay apart: the second one of a key carries its number. */
const unique = (key: string, keys: Map<string, number>): string => {
  const seen = (keys.get(key) ?? 0) + 1
  keys.set(key, seen)
  return seen === 1 ? key : `${key}~${seen}`
}

const contentText = (message: ChatMessage | undefined): string =>
  typeof message?.content === 'string' ? message.content : JSON.stringify(message?.content ?? '')

const definedOf = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined))

const shorten = (text: string): string => {
  const line = text.trim().split('\n', 1)[0] ?? ''
  return line.length > 80 ? `${line.slice(0, 79)}…` : line
}
