import { z } from 'zod'
import { toolCallStatuses, type ToolCallRecord } from '../suite/result.ts'
import { isRecord } from './calls.ts'
import { defineAssertion, type Finding, type Refuse } from './define.ts'
import {
  isInverse,
  isMeant,
  isWithin,
  rangeText,
  readMatcher,
  readRange,
  refuseOthers,
  standing,
  stepTypes,
  toolStepsOf,
} from './trajectory.ts'

type Status = ToolCallRecord['status']

const Rule = z.object({
  tool: z.object({ pattern: z.string(), types: z.array(z.enum(stepTypes)).optional() }),
  status: z.array(z.enum(toolCallStatuses)),
  min: z.int().optional(),
  max: z.int().optional(),
  /** Tools that were not called at all are no failure. */
  isForAll: z.boolean().default(false),
})

/** The calls of a tool ended so: all of them, or as many as are wanted. */
export const toolStatus = defineAssertion({
  type: 'trajectory:tool-status',
  options: { rules: z.array(Rule).min(1) },
  names: { 'trajectory:tool-status': ({ value }, refuse) => ({ rules: readRules(value, refuse) }) },
  check(answer, { rules }, { type }): Finding {
    const steps = toolStepsOf(answer, type)
    const found = rules.map((rule) => {
      const { tool, status, min, max } = rule
      const meant = steps.filter((step) => isMeant(step, tool))
      const count = meant.filter(({ call }) => status.some((wanted) => isOf(call.status, wanted))).length
      const told = meant.map(({ call }) => `${call.name}: ${call.status ?? 'not run'}`).join(', ') || 'no call'
      const isCounted = min !== undefined || max !== undefined
      const wanted = `${tool.pattern} ${isCounted ? `${rangeText({ min, max })} times ` : ''}${status.join(' or ')}`
      const holds = isCounted ? isWithin(count, { min, max }) : count === meant.length && (rule.isForAll || count > 0)
      return { told, wanted, holds, isSeen: isCounted ? holds : count > 0 }
    })
    // Not `error` means that nothing ended so, rather than that something did not.
    const pass = isInverse(type) ? !found.some(({ isSeen }) => isSeen) : found.every(({ holds }) => holds)
    const wanted = `${isInverse(type) ? 'not ' : ''}${found.map((one) => one.wanted).join(', ')}`
    const actual = [...new Set(found.map(({ told }) => told))].join('; ')
    const verdict = standing({ pass, reason: `Wanted ${wanted}. Seen: ${actual}` }, { wanted, steps })
    return pass ? verdict : { ...verdict, actual }
  },
})

type Rules = {
  tool: unknown
  status: Status[]
  min?: number | undefined
  max?: number | undefined
  isForAll?: boolean
}[]

/** `ok` for all calls, `{ name, status, min, max }`, a list of those, or `{ write_file: ok, fetch: error }`. */
const readRules = (value: unknown, refuse: Refuse): Rules => {
  if (typeof value === 'string')
    return [{ tool: readMatcher('*', refuse), status: readStatuses(value, refuse), isForAll: true }]
  if (Array.isArray(value) && value.length > 0) return value.flatMap((one) => readRules(one, refuse))
  if (!isRecord(value) || Object.keys(value).length === 0)
    return refuse('must have a status, an object with name and status, a list of these, or a status for each tool')
  if (!('status' in value)) {
    return Object.entries(value).map(([name, status]) => ({
      tool: readMatcher(name, refuse),
      status: readStatuses(status, refuse),
    }))
  }
  refuseOthers(value, ['name', 'pattern', 'type', 'status', 'min', 'max'], refuse)
  const isNamed = 'name' in value || 'pattern' in value
  const tool = readMatcher(isNamed ? value : '*', refuse)
  return [{ tool, status: readStatuses(value['status'], refuse), ...readRange(value, refuse), isForAll: !isNamed }]
}

const readStatuses = (value: unknown, refuse: Refuse): Status[] => {
  const given: unknown[] = [value].flat()
  const found = toolCallStatuses.filter((status) => given.includes(status))
  if (given.length > 0 && found.length === new Set(given).size) return found
  return refuse(`status must be of ${toolCallStatuses.join(', ')}, not ${JSON.stringify(value)}`)
}

/** A replayed call was one that went well; timeouts and refusals are errors too. */
const isOf = (status: Status | undefined, wanted: Status): boolean =>
  status === wanted ||
  (wanted === 'ok' && status === 'replayed') ||
  (wanted === 'error' && (status === 'timeout' || status === 'denied'))
