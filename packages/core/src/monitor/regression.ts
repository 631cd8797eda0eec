import type { ChatRequest } from '../gateway/chat.ts'
import type { Timestamp } from '../clock.ts'
import type { AssertionSpec } from '../suite/suite.ts'
import { diagnose } from './diagnose.ts'
import { evidenceOf } from './evidence.ts'
import type { Category, Failure, FailureGroup } from './failure.ts'
import { faultOf } from './fault.ts'
import { minimiseRequest } from './minimise.ts'
import { newRegressionTest, type Expected, type NewRegressionTest } from './regression-test.ts'
import type { TestTarget } from './test-target.ts'
import { likeAnswer, USER_REJECTED } from './rejection.ts'
import { unwrap } from './unwrap.ts'

/** A group as far as its test depends on it. */
type Guarded = Pick<FailureGroup, 'category' | 'severity' | 'family' | 'fingerprint'>

/** What comes of a group that has reached its threshold. */
export type RegressionPlan =
  | { kind: 'test'; test: NewRegressionTest }
  /** Only a person can mend it, so that there is nothing to run. */
  | { kind: 'alert_only' }
  /** No captured request shows what to ask. */
  | { kind: 'needs_request' }

type Method = 'replay' | 'inject' | 'none'

const methods: Record<Category, { method: Method; reason: string }> = {
  validation: { method: 'replay', reason: 'the same request must give an answer of the right form' },
  syntax: { method: 'replay', reason: 'the same request must give code that can be read' },
  dependency: { method: 'replay', reason: 'the same request must resolve' },
  unknown: { method: 'replay', reason: 'the same request must be answered' },
  context_length: { method: 'replay', reason: 'what is sent must fit the model, or another must answer' },
  content_policy: { method: 'replay', reason: 'a refusal must be handled' },
  timeout: { method: 'inject', reason: 'the real provider cannot be made slow on demand' },
  network: { method: 'inject', reason: 'the real connection cannot be broken on demand' },
  rate_limit: { method: 'inject', reason: 'the real limit must not be provoked' },
  provider: { method: 'inject', reason: 'the real provider cannot be made to fail on demand' },
  auth: { method: 'none', reason: 'only a person can mend a credential' },
}

/** Decides which test guards a group, from the newest failure that holds a request. Pure: ids and time come in. */
export const planRegressionTest = (parts: {
  group: Guarded
  failure: Failure | null
  id: string
  now: Timestamp
}): RegressionPlan => {
  const { group, failure, id, now } = parts
  const { method } = methods[group.category]
  if (method === 'none' || isQuota(group, failure)) return { kind: 'alert_only' }
  if (!failure?.request) return { kind: 'needs_request' }
  const stillFails = evidenceOf({ category: group.category, method, failure })
  const request = stillFails ? minimiseRequest(failure.request, stillFails) : failure.request
  return {
    kind: 'test',
    test: newRegressionTest({
      id,
      name: nameOf(failure, group),
      kind: 'regression',
      ...originOf(failure),
      method,
      target: targetOf(method, failure, request, group.category),
      request,
      expected: expectedOf(group, failure, request),
      framework: frameworkOf(failure),
      tags: tagsOf(group, failure),
      createdAt: now,
    }),
  }
}

/** What a person rejected waits for a person to say what is right; the rejected answer is what it must fail on. */
const originOf = ({ name, output, context }: Failure): Pick<NewRegressionTest, 'origin'> & Partial<NewRegressionTest> =>
  name === USER_REJECTED
    ? {
        origin: 'feedback',
        needsConfirmation: true,
        badOutput: output,
        stateReason:
          typeof context?.['corrected'] === 'string'
            ? 'Waits for a person to confirm that the corrected answer is right.'
            : 'Waits for a person to say what the right answer is.',
      }
    : { origin: 'failure' }

/** Quota is a rate limit that waiting does not lift; a stored group tells it by its severity. */
const isQuota = (group: Guarded, failure: Failure | null): boolean => {
  if (group.category !== 'rate_limit') return false
  if (failure === null) return group.severity === 'critical'
  const { name, message, httpStatus } = failure
  const known = { message, ...(name === null ? {} : { name }), ...(httpStatus === null ? {} : { httpStatus }) }
  return diagnose(known).subcategory === 'quota'
}

/** The suite's assertions that say what an expectation says; none means that any answer will do. */
export const expectedToAssertions = (expected: Expected): AssertionSpec[] => {
  const { schema, assertions = [], maxDurationMs, maxCostUsd } = expected
  return [
    ...(schema === undefined ? [] : [{ type: 'is-json', value: schema, weight: 1 }]),
    ...assertions,
    ...(maxDurationMs === undefined ? [] : [{ type: 'latency', threshold: maxDurationMs, weight: 1 }]),
    ...(maxCostUsd === undefined ? [] : [{ type: 'cost', threshold: maxCostUsd, weight: 1 }]),
  ]
}

/** `regression_` and the class of the error, else what the group is about, as snake_case. */
const nameOf = (failure: Failure, group: Guarded): string => {
  const printed = unwrap(failure.message, failure.name ?? '').errorType
  const words = printed && printed !== 'Error' ? printed : `${group.category}_${group.family.split('/').at(-1) ?? ''}`
  return `regression_${snakeCase(words).slice(0, 80)}`.replace(/_+$/, '')
}

const snakeCase = (name: string): string =>
  name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')
    .replaceAll(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z\d]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .toLowerCase()

const targetOf = (
  method: 'replay' | 'inject',
  failure: Failure,
  request: ChatRequest,
  category: Category,
): TestTarget =>
  method === 'replay'
    ? { kind: 'model', model: request.model }
    : { kind: 'fault', model: 'sim/fault', fault: faultOf(failure, category) }

const expectedOf = (group: Guarded, failure: Failure, request: ChatRequest): Expected => {
  const schema = group.category === 'validation' ? requestedSchema(request) : null
  const assertions = assertionsFor(group.category, failure, request)
  return {
    // A refusal that is told clearly is handled; anything else has to be answered.
    shouldNotFail: group.category !== 'content_policy',
    ...(schema ? { schema } : {}),
    ...(assertions.length > 0 ? { assertions } : {}),
    ...correctedOf(failure),
    fingerprintAbsent: group.fingerprint,
  }
}

const correctedOf = ({ name, context }: Failure): Pick<Expected, 'assertions'> => {
  const corrected = name === USER_REJECTED ? context?.['corrected'] : undefined
  return typeof corrected === 'string' ? likeAnswer(corrected) : {}
}

/** What can be told from the recorded failure that a good answer has or has not. */
const assertionsFor = (category: Category, failure: Failure, request: ChatRequest): AssertionSpec[] => {
  if (category === 'validation')
    return request.response_format?.type === 'json_object' ? [{ type: 'is-json', weight: 1 }] : []
  if (category === 'syntax') return frameworkOf(failure) === 'html' ? [{ type: 'contains-html', weight: 1 }] : []
  const missing = category === 'dependency' ? missingModule(failure) : null
  return missing === null ? [] : [{ type: 'not-regex', value: importOf(missing), weight: 1 }]
}

/** The module that could not be resolved, when the recorded answer is what asks for it. */
const missingModule = ({ message, output }: Failure): string | null => {
  const [, quoted, bare] =
    /(?:cannot find (?:module|package)|can't resolve|no module named)\s+(?:['"`]([^'"`\s]{1,200})['"`]|([\w.@/-]{1,200}))/i.exec(
      message,
    ) ?? []
  const name = quoted ?? bare
  return name !== undefined && output !== null && new RegExp(importOf(name)).test(output) ? name : null
}

const importOf = (name: string): string => {
  const escaped = name.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  return `(?:from|import|require)[ (]+['"]?${escaped}(?![\\w-])`
}

/** The JSON Schema that the caller asked the answer to fit, when it asked for one. */
export const requestedSchema = (request: ChatRequest): Record<string, unknown> | null => {
  const format = request.response_format as { json_schema?: { schema?: unknown } | null } | null | undefined
  const schema = format?.json_schema?.schema
  return schema !== null && typeof schema === 'object' ? (schema as Record<string, unknown>) : null
}

const frameworkOf = ({ context }: Failure): string | null => {
  const framework = context?.['framework']
  return typeof framework === 'string' && framework !== '' ? framework.slice(0, 64) : null
}

const tagsOf = (group: Guarded, failure: Failure): string[] => {
  const framework = frameworkOf(failure)
  const tags = [group.category, group.family, ...(framework === null ? [] : [framework]), ...failure.tags]
  return [...new Set(tags.map((tag) => tag.slice(0, 64)))]
}
