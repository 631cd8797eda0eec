import { textOf, type ChatRequest } from '../gateway/chat.ts'
import type { KeptBody } from '../gateway/bodies.ts'
import type { RequestRecord } from '../gateway/request.ts'
import { diagnose } from './diagnose.ts'
import { FailureReport } from './failure.ts'
import { parameterise } from './parameterise.ts'
import type { Expected } from './regression-test.ts'
import { sha256 } from './sha256.ts'

/** The class of a failure that a person saw and no program. */
export const USER_REJECTED = 'UserRejected'

const MAX_OUTPUT_CHARACTERS = 64 * 1024
const LIKE_ENOUGH = 0.6

/** The failure that a rejected answer is: its group is the template of its prompt, its category what the comment says. */
export const rejectionOf = (given: {
  record: RequestRecord
  body: KeptBody | null
  voter: string
  comment: string | null
  corrected: string | null
}): FailureReport => {
  const { record, body, voter, comment, corrected } = given
  const { category } = comment === null ? { category: 'unknown' as const } : diagnose({ message: comment })
  const answer = body?.answer.text ?? ''
  return FailureReport.parse({
    name: USER_REJECTED,
    message: `A user rejected the answer to the prompt template ${templateOf(record, body?.request ?? null)}.`,
    category,
    eventId: `feedback:${record.id}:${sha256(voter).slice(0, 16)}`,
    requestId: record.id,
    ...(record.providerName === null ? {} : { provider: record.providerName }),
    ...(record.responseModel === null ? {} : { model: record.responseModel.slice(0, 256) }),
    context: {
      prompt: record.promptPreview,
      ...(comment === null ? {} : { comment }),
      ...(corrected === null ? {} : { corrected: corrected.slice(0, 16_384) }),
    },
    ...(body ? { request: body.request } : {}),
    ...(answer === '' ? {} : { output: answer.slice(0, MAX_OUTPUT_CHARACTERS) }),
  })
}

/** What an answer that was wanted asks of the next one: to be like it. */
export const likeAnswer = (corrected: string): Pick<Expected, 'assertions'> => ({
  assertions: [{ type: 'rouge-n', value: corrected, threshold: LIKE_ENOUGH, weight: 1 }],
})

/**
 * Names what prompts have in common that differ in what they are about: the instructions and tools, else the first
 * question without its ids and numbers. In letters, because digits are left out of what groups are told by.
 */
const templateOf = ({ promptPreview }: RequestRecord, request: ChatRequest | null): string => {
  const messages = request?.messages ?? []
  const instructions = messages.filter(({ role }) => role === 'system' || role === 'developer').map(textOf)
  const question = messages.find(({ role }) => role === 'user')
  const tools = (request?.tools ?? []).map((tool) => JSON.stringify(tool['function'] ?? tool.type))
  const own = [...instructions, ...tools].join('\n')
  const text = own === '' ? parameterise(question ? textOf(question) : promptPreview) : own
  return inLetters(sha256(text).slice(0, 12))
}

const inLetters = (hex: string): string =>
  hex.replaceAll(/./g, (digit) => String.fromCharCode('g'.charCodeAt(0) + Number.parseInt(digit, 16)))
