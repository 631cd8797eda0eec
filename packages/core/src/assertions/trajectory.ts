import { AssayError } from '../errors.ts'
import type { Answer, AnswerCall, AssertionInput, Finding, Refuse } from './define.ts'
import { callsIn, isRecord } from './calls.ts'
import { parseJson } from './json.ts'

/** What a step of a trajectory may be; the last three are only known of trajectories recorded elsewhere. */
export const stepTypes = ['tool', 'command', 'message', 'reasoning', 'search', 'span'] as const
export type StepType = (typeof stepTypes)[number]

/** One thing that was done on the way to an answer. */
export type Step = {
  types: StepType[]
  /** What it is called, and what else it goes by. */
  names: string[]
  call?: AnswerCall
}

/** Which steps are meant; names are patterns with `*` and `?`, and the case of letters says nothing. */
export type StepMatcher = { pattern?: string | undefined; types?: StepType[] | undefined }

/** The steps of an answer: each call of the model, and after it the tools that it asked for. */
export const stepsOf = (answer: Answer, type: string): Step[] => {
  const calls = callsOf(answer, type)
  const steps: Step[] = []
  let next = 0
  for (let number = 1; number <= (answer.steps ?? 0); number++) {
    steps.push({ types: ['message'], names: ['message'] })
    while (next < calls.length && (calls[next]!.step ?? number) <= number) steps.push(toolStep(calls[next++]!))
  }
  return [...steps, ...calls.slice(next).map(toolStep)]
}

/** The calls of tools alone. */
export const toolStepsOf = (answer: Answer, type: string): (Step & { call: AnswerCall })[] =>
  callsOf(answer, type).map(toolStep)

/** True when a step is one of those that are meant. */
export const isMeant = ({ types, names }: Step, { pattern, types: wanted }: StepMatcher): boolean =>
  (wanted === undefined || wanted.some((type) => types.includes(type))) &&
  (pattern === undefined || names.some((name) => isLike(name, pattern)))

/** True when a name is like a pattern: `*` stands for any characters, `?` for one; in one pass, whatever they are. */
export const isLike = (name: string, pattern: string): boolean => {
  const [text, wanted] = [name.toLowerCase(), pattern.toLowerCase()]
  let [at, place, star, resume] = [0, 0, -1, 0]
  while (at < text.length) {
    if (wanted[place] === '*') {
      star = place++
      resume = at
    } else if (wanted[place] === '?' || wanted[place] === text[at]) {
      at++
      place++
    } else if (star !== -1) {
      place = star + 1
      at = ++resume
    } else return false
  }
  while (wanted[place] === '*') place++
  return place === wanted.length
}

/** The steps as a list of names for people. */
export const stepList = (steps: readonly Step[]): string =>
  steps.map(({ types, names }) => `${types.at(-1)}:${names[0]}`).join(', ') || '(none)'

/** Reads a name, or an object with `name` or `pattern`, into what it matches. */
export const readMatcher = (value: unknown, refuse: Refuse, where = 'object'): StepMatcher & { pattern: string } => {
  const pattern = typeof value === 'string' ? value : isRecord(value) ? (value['pattern'] ?? value['name']) : undefined
  if (typeof pattern !== 'string' || pattern === '')
    return refuse(`assertion ${where} must include a name or pattern property`)
  return { pattern, types: isRecord(value) ? (readTypes(value, refuse) ?? ['tool']) : ['tool'] }
}

/** Reads `type`, which may be one or several. */
export const readTypes = ({ type }: Record<string, unknown>, refuse: Refuse): StepType[] | undefined => {
  if (type === undefined) return undefined
  const given: unknown[] = [type].flat()
  const found = stepTypes.filter((known) => given.includes(known))
  return found.length === given.length && found.length > 0 ? found : refuse(`type must be of ${stepTypes.join(', ')}`)
}

/** Reads `min` and `max`; a template makes texts of numbers. */
export const readRange = (
  value: Record<string, unknown>,
  refuse: Refuse,
): { min?: number | undefined; max?: number | undefined } => {
  const [min, max] = (['min', 'max'] as const).map((name) => {
    const given = value[name]
    if (given === undefined) return undefined
    const number = typeof given === 'string' && given.trim() !== '' ? Number(given) : given
    return typeof number === 'number' && Number.isInteger(number) && number >= 0
      ? number
      : refuse(`${name} must be a whole number of 0 or more, not ${JSON.stringify(given)}`)
  })
  if (min !== undefined && max !== undefined && min > max)
    return refuse(`min (${min}) must be less than or equal to max (${max})`)
  return { min, max }
}

/** Refuses keys that mean nothing, which would otherwise be wishes that nobody heeds. */
export const refuseOthers = (value: Record<string, unknown>, known: readonly string[], refuse: Refuse): void => {
  const other = Object.keys(value).find((key) => !known.includes(key))
  if (other !== undefined) refuse(`${other} is not known; there are ${known.join(', ')}`)
}

/** A range in words. */
export const rangeText = ({ min, max }: { min?: number | undefined; max?: number | undefined }): string => {
  if (max === undefined) return `at least ${min ?? 0}`
  if (min === undefined) return `at most ${max}`
  return min === max ? `exactly ${min}` : `${min} to ${max}`
}

/** True when a count lies within a range. */
export const isWithin = (
  count: number,
  { min, max }: { min?: number | undefined; max?: number | undefined },
): boolean => count >= (min ?? 0) && (max === undefined || count <= max)

/** The value of an assertion that must be an object. */
export const objectValue = ({ value }: AssertionInput, refuse: Refuse): Record<string, unknown> =>
  isRecord(value) ? value : refuse('assertion must have an object value')

/** A verdict that was already turned round where `not-` stands in front. */
export const standing = (
  { pass, reason }: Pick<Finding, 'pass' | 'reason'>,
  { wanted, steps }: { wanted: string; steps: readonly Step[] },
): Finding => ({
  pass,
  score: pass ? 1 : 0,
  reason,
  stands: true,
  ...(!pass && { expected: wanted, actual: stepList(steps) }),
})

/** True for the assertion with `not-` in front. */
export const isInverse = (type: string): boolean => type.startsWith('not-')

const callsOf = (answer: Answer, type: string): AnswerCall[] => {
  if (answer.toolCalls) return answer.toolCalls
  const asked = callsIn(answer.output)
  if (asked.length > 0) return asked.map(({ name, arguments: args }) => ({ name, args }))
  throw new AssayError('assertion.missing_context', {
    type,
    needs: `the calls of tools (context.toolCalls): No trace data available for ${type.replace(/^not-/, '')} assertion`,
  })
}

/** Tools that run what they are told, so that the command says more than the name of the tool. */
const commandTools = new Set(['exec_command', 'local_shell', 'shell'])

const toolStep = (call: AnswerCall): Step & { call: AnswerCall } => {
  const args = argsOf(call)
  const command = isRecord(args) ? commandIn(call.name.toLowerCase(), args) : null
  if (command === null) return { types: ['tool'], names: [call.name], call }
  return { types: ['tool', 'command'], names: [command, call.name, command.split(/\s+/)[0]!], call }
}

const commandIn = (tool: string, args: Record<string, unknown>): string | null => {
  const given = args['cmd'] ?? args['command'] ?? args['commands']
  if (!commandTools.has(tool) && (tool !== 'execute' || given === undefined)) return null
  const separator = args['cmd'] === undefined && args['command'] === undefined ? '; ' : ' '
  const text = Array.isArray(given) ? given.map(String).join(separator) : given
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : null
}

/** The arguments of a call as a value; undefined when none were given. */
export const argsOf = ({ args }: AnswerCall): unknown => {
  if (typeof args !== 'string') return args ?? undefined
  const parsed = parseJson(args)
  return parsed.ok ? parsed.value : args
}
