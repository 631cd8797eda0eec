import { z } from 'zod'
import { isRecord } from './calls.ts'
import { defineAssertion, type Finding } from './define.ts'
import { isJsonEqual } from './json.ts'
import {
  argsOf,
  isInverse,
  isLike,
  isMeant,
  objectValue,
  readMatcher,
  refuseOthers,
  standing,
  stepList,
  stepTypes,
  toolStepsOf,
} from './trajectory.ts'

/** Some call of the tool had these arguments, among others or exactly. */
export const toolArgsMatch = defineAssertion({
  type: 'trajectory:tool-args-match',
  options: {
    tool: z.object({ pattern: z.string(), types: z.array(z.enum(stepTypes)).optional() }),
    args: z.unknown(),
    mode: z.enum(['partial', 'exact']),
    defaults: z.record(z.string(), z.unknown()).optional(),
    ignore: z.array(z.string()),
  },
  names: {
    'trajectory:tool-args-match': (spec, refuse) => {
      const value = objectValue(spec, refuse)
      refuseOthers(value, ['name', 'pattern', 'type', 'args', 'arguments', 'mode', 'defaults', 'ignore'], refuse)
      const tool = readMatcher(value, refuse)
      const args = 'args' in value ? value['args'] : value['arguments']
      if (args === undefined) return refuse('assertion must include an args or arguments property')
      const { mode = 'partial', defaults, ignore = [] } = value
      if (mode !== 'partial' && mode !== 'exact') return refuse('assertion mode must be "partial" or "exact"')
      if (defaults !== undefined && !isRecord(defaults))
        return refuse('assertion defaults must be an object mapping argument names to default values')
      const names: unknown[] = [ignore].flat()
      if (!names.every((name) => typeof name === 'string' && name.trim() !== ''))
        return refuse('assertion ignore must be a non-empty string or an array of non-empty strings')
      return { tool, args, mode, defaults, ignore: names }
    },
  },
  check(answer, { tool, args, mode, defaults = {}, ignore }, { type }): Finding {
    const steps = toolStepsOf(answer, type)
    const called = steps.filter((step) => isMeant(step, tool)).map(({ call }) => argsOf(call))
    const given = called.filter((one) => one !== undefined)
    const wanted = without(args, (key) => isIgnored(key, ignore))
    const isMatch = (one: unknown): boolean => {
      const seen = without(
        one,
        (key, value) => isIgnored(key, ignore) || (Object.hasOwn(defaults, key) && isJsonEqual(value, defaults[key])),
      )
      return mode === 'exact' ? isJsonEqual(seen, wanted) : holds(seen, wanted)
    }
    const matched = given.find(isMatch)
    const expected = `${tool.pattern} with ${mode === 'exact' ? 'exactly ' : ''}${JSON.stringify(wanted)}`
    const actual = given.map((one) => JSON.stringify(one)).join(', ') || '(none)'
    if (isInverse(type)) {
      const pass = matched === undefined
      const reason = pass
        ? `No call of ${expected}`
        : `Forbidden was a call of ${tool.pattern} with ${JSON.stringify(matched)}`
      return { ...standing({ pass, reason }, { wanted: `no call of ${expected}`, steps }), ...(!pass && { actual }) }
    }
    const pass = matched !== undefined
    const reason = pass
      ? `${tool.pattern} was called with ${JSON.stringify(matched)}`
      : called.length === 0
        ? `No call of ${tool.pattern}. Called: ${stepList(steps)}`
        : given.length === 0
          ? `${tool.pattern} was called, and no arguments are known`
          : `No call of ${expected}. Arguments: ${actual}`
    return { ...standing({ pass, reason }, { wanted: expected, steps }), ...(!pass && called.length > 0 && { actual }) }
  },
})

const isIgnored = (key: string, ignore: readonly string[]): boolean =>
  ignore.some((entry) => entry === key || (/[*?]/.test(entry) && isLike(key, entry)))

/** An object without some of its keys; entries keep `__proto__` the key that it is. */
const without = (value: unknown, isLeftOut: (key: string, value: unknown) => boolean): unknown =>
  isRecord(value) ? Object.fromEntries(Object.entries(value).filter(([key, one]) => !isLeftOut(key, one))) : value

/** True when everything of the wanted value is in the actual one; lists must be as long as they are wanted. */
const holds = (actual: unknown, wanted: unknown): boolean => {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(actual) &&
      actual.length === wanted.length &&
      wanted.every((one, index) => holds(actual[index], one))
    )
  }
  if (!isRecord(wanted)) return isJsonEqual(actual, wanted)
  return (
    isRecord(actual) &&
    Object.entries(wanted).every(([key, one]) => Object.hasOwn(actual, key) && holds(actual[key], one))
  )
}
