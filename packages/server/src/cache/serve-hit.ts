import { chunksOfCompletion, isAssayError, savingOf } from '@assay/core'
import { answerHeaders } from '../gateway/entry/answer-headers.ts'
import { wantsStreamUsage } from '../gateway/chat/chat-input.ts'
import type { ChatJob } from '../gateway/chat/chat-job.ts'
import { closeRequest } from '../gateway/books/close-request.ts'
import { guardWhole } from '../gateway/chat/guarded-answer.ts'
import type { HotAnswer } from './hot-answers.ts'
import { textOfResponse } from './flight.ts'

/** Gives a kept answer in the dialect and form asked for: a request of its own that costs nothing. */
export const serveHit = async (job: ChatJob, answer: HotAnswer): Promise<void> => {
  const { record, parts, startedAt, input } = job
  bookHit(job, answer)
  const bytes = formOf(job, answer)
  const isStream = input.request.stream === true
  record.ttftMs = parts.now() - startedAt
  await closeRequest(
    job,
    {
      status: job.outlet.isClosed ? 'cancelled' : 'completed',
      httpStatus: 200,
      output: () => textOfResponse(answer.response),
      absorbed: [],
      send: (outlet) => {
        const headers = {
          'content-type': isStream ? 'text/event-stream; charset=utf-8' : 'application/json',
          ...hitHeaders(job, answer),
        }
        if (isStream) {
          outlet.begin({ ...headers, 'cache-control': 'no-cache' })
          outlet.end(bytes)
        } else outlet.sendWhole(bytes, { ...headers, 'x-assay-cost-usd': '0' })
      },
    },
    () => {},
  )
}

/** What the guards of this key have to say to an answer that was kept: true when they let it through as it is. */
export const isLetThrough = async ({ guardsAfter }: ChatJob, { response }: HotAnswer): Promise<boolean> => {
  if (!guardsAfter) return true
  const bytes = Buffer.from(response)
  try {
    const guarded = await guardWhole(guardsAfter, bytes)
    return guarded.flags.length === 0 && guarded.bytes === bytes
  } catch (error) {
    if (isAssayError(error)) return false
    throw error
  }
}

/** The tokens are those of the original; the money is saved and not spent. */
export const bookHit = ({ record, facts, candidates }: ChatJob, answer: Omit<HotAnswer, 'forms'>): void => {
  record.cache = 'hit'
  record.cachedFrom = answer.requestId
  record.cacheSavedNanoUsd = answer.costNanoUsd
  record.cacheSavedMs = answer.latencyMs
  record.providerName = candidates[0]!.provider
  record.responseModel = answer.model
  record.finishReason = answer.finishReason
  record.inputTokens = answer.inputTokens
  record.outputTokens = answer.outputTokens
  record.cacheReadInputTokens = answer.cacheReadInputTokens
  record.cacheWriteInputTokens = answer.cacheWriteInputTokens
  record.reasoningOutputTokens = answer.reasoningOutputTokens
  record.costNanoUsd = 0
  record.priced = true
  Object.assign(record, savingOf(answer, 0, facts.baseline))
}

/** What an answer from the cache says of itself in its headers. */
export const hitHeaders = ({ record, candidates, parts }: ChatJob, { createdAtMs }: { createdAtMs: number }) => ({
  ...answerHeaders({
    record,
    candidate: candidates[0]!,
    attempts: 0,
    dropped: [],
    remainingNanoUsd: null,
    upstream: {},
  }),
  // RFC 9111 §5.1
  age: String(Math.max(0, Math.floor((parts.now() - createdAtMs) / 1_000))),
})

/**
 * The bytes of an answer in the form that this caller asks for. In chat completions it is made once and then kept;
 * other dialects may repeat what was asked, so theirs is made for each.
 */
const formOf = ({ input: { request }, caller }: ChatJob, { response, forms }: HotAnswer): Buffer => {
  const isStream = request.stream === true
  const usage = caller !== null || wantsStreamUsage(request)
  if (caller) return Buffer.from(isStream ? streamOf(response, caller, usage) : wholeOf(response, caller))
  const form = isStream ? (usage ? 'stream usage' : 'stream') : 'whole'
  const known = forms.get(form)
  if (known) return known
  const made = Buffer.from(isStream ? streamOf(response, null, usage) : response)
  forms.set(form, made)
  return made
}

const wholeOf = (response: string, caller: NonNullable<ChatJob['caller']>): string =>
  JSON.stringify(caller.dialect.whole(JSON.parse(response)))

const streamOf = (response: string, caller: ChatJob['caller'], usage: boolean): string => {
  const chunks = chunksOfCompletion(JSON.parse(response), { usage })
  if (!caller) return `${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('')}data: [DONE]\n\n`
  const stream = caller.dialect.stream()
  return chunks.map((chunk) => stream.push(chunk)).join('') + stream.end()
}
