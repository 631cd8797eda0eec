import { costOf, noUsage, pricedProvider, priceOf, type Usage } from '@assay/core'
import { estimateUsage, ReplyReader } from '@assay/providers'
import type { UpstreamAttempt } from '../attempt/attempt.ts'
import type { Relay } from '../attempt/attempt-story.ts'
import type { ChatJob } from '../chat/chat-job.ts'
import { bookSpent, bookUsage, type Spent } from './record.ts'

/** Writes into the record of a request what its attempts did and used. */
export class AttemptBooks {
  readonly #job: ChatJob
  /** Tokens of failed attempts that their providers count. */
  readonly #spent: Spent[] = []

  constructor(job: ChatJob) {
    this.#job = job
  }

  /** Notes how an attempt ended; each is noted once. */
  note(
    attempt: UpstreamAttempt,
    errorCode: string | null,
    { status = attempt.status || null, used = attempt.usage }: { status?: number | null; used?: Usage | null } = {},
  ): void {
    const { record, parts, holder, trace, providers } = this.#job
    const costNanoUsd = used && this.#costOf(attempt, used)
    record.credentialId = attempt.credential?.id ?? null
    record.credentialSource = attempt.credential?.source ?? null
    record.dropped = [...attempt.dropped]
    const noted = attempt.noted({ status, errorCode, usage: used, costNanoUsd })
    record.attempts.push(noted)
    if (errorCode !== null && used) this.#spent.push({ usage: used, costNanoUsd })
    parts.onAttempt?.(holder.workspaceId, noted)
    if (!trace) return
    const { provider, baseUrl } = attempt.place
    trace.note({ spanId: attempt.spanId, attempt: noted, baseUrl: baseUrl ?? providers.get(provider)!.defaultBaseUrl })
  }

  /** Books a whole answer. */
  reply(attempt: UpstreamAttempt, reply: ReplyReader): Usage {
    return this.#bookReply(attempt, { marks: reply, read: () => reply, share: 1 })
  }

  /** Books a stream. */
  stream(attempt: UpstreamAttempt, relay: Relay): Usage {
    return this.#bookReply(attempt, { marks: relay.marks, read: () => relay.reply(), share: relay.keptShare })
  }

  /** Books what had come when the call ended too early. */
  partial(attempt: UpstreamAttempt): Usage {
    return attempt.relay ? this.stream(attempt, attempt.relay) : this.reply(attempt, new ReplyReader())
  }

  /** Books nothing but what failed attempts took. */
  nothing(attempt: UpstreamAttempt): void {
    this.#book(attempt, noUsage)
  }

  /** What an answer does not say that it used is estimated. */
  #bookReply(
    attempt: UpstreamAttempt,
    { marks, read, share }: { marks: ReplyReader; read: () => ReplyReader; share: number },
  ): Usage {
    const { record } = this.#job
    record.finishReason = marks.finishReason
    record.responseModel = marks.responseModel ?? attempt.candidate.model
    if (marks.finishReason === 'tool_calls') record.toolsUsed = toolNamesOf(read())
    record.estimated = marks.usage === null
    const usage = marks.usage ?? this.#estimate(read(), share)
    this.#book(attempt, usage)
    return usage
  }

  #book(attempt: UpstreamAttempt, usage: Usage): void {
    const { record, prices, facts } = this.#job
    bookUsage(record, usage, { ...attempt.place, prices, priceVersion: facts.priceVersion, baseline: facts.baseline })
    bookSpent(record, this.#spent)
  }

  #costOf({ place }: UpstreamAttempt, usage: Usage): number | null {
    const row = priceOf(pricedProvider(place), place.model, this.#job.prices)
    return row && costOf(usage, row)
  }

  /** `share` of the answer was read. */
  #estimate(reply: ReplyReader, share: number): Usage {
    const usage = estimateUsage(this.#job.input.request, reply)
    return share > 0 && share < 1 ? { ...usage, outputTokens: Math.ceil(usage.outputTokens / share) } : usage
  }
}

/** So many names of tools one record keeps, each so long. */
const MOST_TOOLS = 32
const LONGEST_TOOL = 128

const toolNamesOf = ({ toolCalls }: ReplyReader): string[] =>
  [...new Set(toolCalls.map(({ name }) => name.slice(0, LONGEST_TOOL)))].slice(0, MOST_TOOLS)
