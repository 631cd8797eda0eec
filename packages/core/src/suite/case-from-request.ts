import type { z } from 'zod'
import type { ChatRequest } from '../gateway/chat.ts'
import type { KeptAnswer, KeptBody } from '../gateway/bodies.ts'
import type { RequestRecord } from '../gateway/request.ts'
import { requestedSchema } from '../monitor/regression.ts'
import { newRegressionTest, type NewRegressionTest } from '../monitor/regression-test.ts'
import type { AssertionSpec, Suite } from './suite.ts'

/** A suite as a person writes it: what is as usual is left out. */
export type WrittenSuite = z.input<typeof Suite>

/** A suite of one case that asks what a request asked, and holds what can be told from its answer. */
export const suiteFromRequest = (given: { record: RequestRecord; body: KeptBody; name: string }): WrittenSuite => {
  const { record, body, name } = given
  const tags = tagsOf(record)
  return {
    name,
    description: `Made from request ${record.id} of ${record.at}.`,
    providers: [modelOf(record, body.request)],
    tests: [
      {
        id: snakeCase(name),
        ...(record.promptPreview === '' ? {} : { description: record.promptPreview }),
        messages: body.request.messages,
        assert: assertionsFrom(body).map(({ weight: _weight, ...assertion }) => assertion),
        ...(tags.length > 0 ? { tags } : {}),
        ...limitsOf(body.request),
      },
    ],
  }
}

/** The same as a test, which guards once it was seen to fail and then to pass. */
export const testFromRequest = (given: {
  record: RequestRecord
  body: KeptBody
  name: string
  id: string
  now: string
}): NewRegressionTest => {
  const { record, body, name, id, now } = given
  const schema = requestedSchema(body.request)
  const assertions = assertionsFrom(body).filter(({ type }) => schema === null || type !== 'is-json')
  return newRegressionTest({
    id,
    name: snakeCase(name),
    kind: 'regression',
    origin: 'request',
    stateReason: `Made by hand from request ${record.id}; not yet seen to fail.`,
    target: { kind: 'model', model: modelOf(record, body.request) },
    request: body.request,
    expected: { shouldNotFail: true, ...(schema ? { schema } : {}), ...(assertions.length > 0 ? { assertions } : {}) },
    tags: tagsOf(record),
    createdAt: now,
  })
}

/** How a case is called when nobody says. */
export const caseNameOf = ({ id, promptPreview }: Pick<RequestRecord, 'id' | 'promptPreview'>): string => {
  const words = snakeCase(promptPreview).split('_').slice(0, 6).join('_').slice(0, 48)
  return `${words === '' ? 'request' : words}_${id.slice(-6)}`
}

/** The model itself, not the choice that led to it: a test that may be asked of another model tells nothing. */
const modelOf = ({ providerName, attempts, requestModel }: RequestRecord, { model }: ChatRequest): string => {
  const asked = attempts.findLast(({ errorCode }) => errorCode === null)?.model
  return providerName !== null && asked !== undefined ? `${providerName}/${asked}` : (requestModel ?? model)
}

/** What the answer shows that it should show again; its words are nobody's promise. */
const assertionsFrom = ({ request, answer }: KeptBody): AssertionSpec[] => {
  const schema = requestedSchema(request)
  const wantsJson = schema !== null || request.response_format?.type === 'json_object'
  const tools = toolNames(answer)
  return [
    ...(wantsJson ? [{ type: 'is-json', ...(schema ? { value: schema } : {}), weight: 1 }] : []),
    ...(tools.length > 0 ? [{ type: 'tool-call-f1', value: tools, weight: 1 }] : []),
    ...(!wantsJson && tools.length === 0 ? [{ type: 'not-is-refusal', weight: 1 }] : []),
  ]
}

const toolNames = ({ toolCalls }: KeptAnswer): string[] => [...new Set(toolCalls.map(({ name }) => name))]

const limitsOf = ({ max_tokens: old, max_completion_tokens: given }: ChatRequest) => {
  const maxOutputTokens = given ?? old
  return maxOutputTokens === null || maxOutputTokens === undefined ? {} : { limits: { maxOutputTokens } }
}

const tagsOf = ({ tags }: RequestRecord): string[] =>
  Object.entries(tags).map(([name, value]) => `${name}=${value}`.slice(0, 64))

const snakeCase = (text: string): string =>
  text
    .replaceAll(/[^A-Za-z\d]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .toLowerCase()
