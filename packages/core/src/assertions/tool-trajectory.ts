import { z } from 'zod'
import { defineAssertion, type Finding } from './define.ts'
import { isRecord } from './calls.ts'
import {
  isInverse,
  isMeant,
  isWithin,
  objectValue,
  rangeText,
  readMatcher,
  readRange,
  readTypes,
  refuseOthers,
  standing,
  stepList,
  stepsOf,
  stepTypes,
  toolStepsOf,
} from './trajectory.ts'

const Matcher = z.object({ pattern: z.string().optional(), types: z.array(z.enum(stepTypes)).optional() })
const Named = Matcher.extend({ pattern: z.string() })
const range = { min: z.int().optional(), max: z.int().optional() }

/** Each of the named tools was called; or one of them so and so often. */
export const toolUsed = defineAssertion({
  type: 'trajectory:tool-used',
  options: { tools: z.array(Named), count: z.object(range).optional() },
  names: {
    'trajectory:tool-used': ({ value }, refuse) => {
      if (typeof value === 'string') return { tools: [readMatcher(value, refuse)] }
      if (Array.isArray(value) && value.every((one) => typeof one === 'string')) {
        if (value.length === 0) return refuse('assertion requires at least one expected tool')
        return { tools: value.map((one) => readMatcher(one, refuse)) }
      }
      if (!isRecord(value)) return refuse('assertion must have a string, string array, or object value')
      const { min, max } = readRange(value, refuse)
      refuseOthers(value, ['name', 'pattern', 'type', 'min', 'max'], refuse)
      return { tools: [readMatcher(value, refuse)], count: { min: min ?? (max === 0 ? 0 : 1), max } }
    },
  },
  check(answer, { tools, count }, { type }): Finding {
    const steps = toolStepsOf(answer, type)
    const told = `Called: ${stepList(steps)}`
    if (count) {
      const [tool] = tools as [(typeof tools)[number]]
      const found = steps.filter((step) => isMeant(step, tool)).length
      const pass = isWithin(found, count) !== isInverse(type)
      const wanted = `${tool.pattern} ${isInverse(type) ? 'not ' : ''}${rangeText(count)} times`
      return standing(
        { pass, reason: `${tool.pattern} was called ${found} times, wanted ${wanted}. ${told}` },
        { wanted, steps },
      )
    }
    const used = tools.filter((tool) => steps.some((step) => isMeant(step, tool)))
    const names = (list: typeof tools) => list.map(({ pattern }) => pattern).join(', ')
    if (isInverse(type)) {
      const reason = used.length === 0 ? `Not called: ${names(tools)}` : `Called and forbidden: ${names(used)}. ${told}`
      return standing({ pass: used.length === 0, reason }, { wanted: `no call of ${names(tools)}`, steps })
    }
    const missing = tools.filter((tool) => !used.includes(tool))
    const reason =
      missing.length === 0 ? `Called: ${names(tools)}` : `Missing required tools: ${names(missing)}. ${told}`
    return standing({ pass: missing.length === 0, reason }, { wanted: names(tools), steps })
  },
})

/** The named tools were called in this order, with others between them or without. */
export const toolSequence = defineAssertion({
  type: 'trajectory:tool-sequence',
  options: { tools: z.array(Named), mode: z.enum(['in_order', 'exact']) },
  names: {
    'trajectory:tool-sequence': ({ value }, refuse) => {
      if (!Array.isArray(value) && !isRecord(value)) return refuse('assertion must have an array or object value')
      if (!Array.isArray(value)) refuseOthers(value, ['mode', 'steps'], refuse)
      const steps = Array.isArray(value) ? value : (value['steps'] ?? [])
      if (!Array.isArray(steps)) return refuse('steps must be a list of tools')
      if (steps.length === 0) return refuse('assertion requires at least one expected step')
      const mode = (Array.isArray(value) ? undefined : value['mode']) ?? 'in_order'
      if (mode !== 'in_order' && mode !== 'exact') return refuse('assertion mode must be "in_order" or "exact"')
      return { mode, tools: steps.map((step, index) => readMatcher(step, refuse, `step ${index + 1}`)) }
    },
  },
  check(answer, { tools, mode }, { type }): Finding {
    const steps = toolStepsOf(answer, type)
    let next = 0
    for (const step of steps) if (next < tools.length && isMeant(step, tools[next]!)) next++
    const isExact = steps.length === tools.length && steps.every((step, index) => isMeant(step, tools[index]!))
    const holds = mode === 'exact' ? isExact : next === tools.length
    const names = tools.map(({ pattern }) => pattern).join(', ')
    const sequence = `the ${mode === 'exact' ? 'exact sequence' : 'sequence'} ${names}`
    const told = `Called: ${stepList(steps)}`
    if (isInverse(type)) {
      const reason = holds ? `Forbidden was ${sequence}. ${told}` : `Not observed: ${sequence}`
      return standing({ pass: !holds, reason }, { wanted: `not ${sequence}`, steps })
    }
    const lacking =
      mode === 'exact'
        ? `Expected ${sequence}`
        : `Expected ${tools[next]?.pattern} after the first ${next} of ${sequence}`
    return standing(
      { pass: holds, reason: holds ? `Observed: ${sequence}` : `${lacking}. ${told}` },
      { wanted: names, steps },
    )
  },
})

/** So many steps of a kind were made: calls of tools, calls of the model, or both. */
export const stepCount = defineAssertion({
  type: 'trajectory:step-count',
  options: { meant: Matcher, ...range },
  names: {
    'trajectory:step-count': (spec, refuse) => {
      const value = objectValue(spec, refuse)
      refuseOthers(value, ['type', 'name', 'pattern', 'min', 'max'], refuse)
      const { min, max } = readRange(value, refuse)
      if (min === undefined && max === undefined) return refuse('assertion must include a min or max property')
      const pattern = value['pattern'] ?? value['name']
      return { meant: { pattern, types: readTypes(value, refuse) }, min, max }
    },
  },
  check(answer, { meant, min, max }, { type }): Finding {
    const steps = stepsOf(answer, type).filter((step) => isMeant(step, meant))
    const kind = [meant.types?.join('|'), meant.pattern].filter(Boolean).join(' ') || 'all kinds'
    const wanted = `${isInverse(type) ? 'not ' : ''}${rangeText({ min, max })}`
    const reason = `${steps.length} steps of ${kind}, wanted ${wanted}. Steps: ${stepList(steps)}`
    const pass = isWithin(steps.length, { min, max }) !== isInverse(type)
    return standing({ pass, reason }, { wanted: `${wanted} steps of ${kind}`, steps })
  },
})
