import { AssayError, type ChatRequest } from '@assay/core'
import { encodeChat } from '../dialect/chat-fields.ts'
import { EgressError } from '../egress-error.ts'
import { completionOf } from '../embeddings/answer.ts'
import { embeddingRequestOf } from '../embeddings/request.ts'
import { isForEmbeddings, simulateEmbeddings } from '../embeddings/sim.ts'
import { lostTo, noEmbeddings, type ChatCall, type Provider } from '../provider.ts'
import type { Receiver } from '../exchange.ts'
import { answerAs } from './answer.ts'
import { errorBody, readFault } from './fault.ts'
import { Playback, type Play } from './playback.ts'
import { renderEvents, renderJson } from './render.ts'

/** Callers and scripts whose calls are counted; the oldest is forgotten first. */
const MOST_COUNTERS = 10_000
const FLAKY_EVERY = 5
const SLOW_TOKENS_PER_SECOND = 20

/**
 * A provider inside this process, without key and network, that answers like a real one: `echo`, `fast`, `smart`,
 * `tools`, `flaky`, `slow` and `fault`. The same request gets the same answer.
 */
export const createSim = (): Provider => {
  const counters = new Map<string, number>()
  const countOf = (counted: string): number => {
    const count = (counters.get(counted) ?? 0) + 1
    counters.delete(counted)
    if (counters.size >= MOST_COUNTERS) counters.delete(counters.keys().next().value!)
    counters.set(counted, count)
    return count
  }
  return {
    name: 'sim',
    needsCredential: false,
    defaultBaseUrl: null,
    speaks: () => false,
    headers: () => ({}),
    start: (call, _egress, receiver) => {
      const { request, model } = call
      if (call.operation === 'embeddings') return embed(call, receiver)
      if (isForEmbeddings(model)) throw onlyEmbeddings(model)
      const lost = lostTo('sim', call)
      const { dropped } = call.isTranslated ? encodeChat(request, { provider: 'sim', model }) : { dropped: [] }
      return Object.assign(play(call, receiver, countOf), { dropped: [...lost, ...dropped] })
    },
  }
}

const play = (call: ChatCall, receiver: Receiver, countOf: (counted: string) => number): Playback => {
  const { model, request, caller } = call
  if (model === 'flaky' && countOf(`flaky ${caller}`) % FLAKY_EVERY === 0) {
    return new Playback(refusal(503, 'The simulated model is overloaded.'), receiver)
  }
  if (model === 'fault') return new Playback(faultOf(request, caller, countOf), receiver)
  const pauseMs = model === 'slow' ? 1_000 / SLOW_TOKENS_PER_SECOND : 0
  return new Playback(answer(model, request, pauseMs), receiver)
}

const answer = (model: string, request: ChatRequest, pauseMs = 0): Play => {
  const said = answerAs(model, request)
  if (!request.stream) {
    return {
      ...head(200, 'application/json'),
      delayMs: pauseMs * said.outputTokens,
      parts: [renderJson(model, said)],
    }
  }
  return { ...head(200, 'text/event-stream'), pauseMs, parts: renderEvents(model, said, request) }
}

const embed = ({ model, request }: ChatCall, receiver: Receiver): Playback => {
  if (!isForEmbeddings(model)) throw noEmbeddings('sim', model)
  const list = simulateEmbeddings(model, embeddingRequestOf(request))
  return new Playback(
    { ...head(200, 'application/json'), parts: [JSON.stringify(completionOf(list, model))] },
    receiver,
  )
}

const onlyEmbeddings = (model: string) => new AssayError('gateway.only_embeddings', { provider: 'sim', model })

const refusal = (status: number, message: string): Play => ({
  ...head(status, 'application/json'),
  parts: [errorBody(status, message)],
})

const faultOf = (request: ChatRequest, caller: string, countOf: (counted: string) => number): Play => {
  const read = readFault(request)
  if ('problem' in read) return refusal(400, read.problem)
  const { script, text } = read
  if (script.times !== undefined && countOf(`fault ${caller} ${text}`) > script.times) return answer('fault', request)
  const base =
    script.body === undefined
      ? script.status < 400
        ? answer('fault', request)
        : refusal(script.status, `The simulated provider fails with ${script.status}.`)
      : scripted(script.body)
  return {
    ...base,
    status: script.status,
    headers: { ...base.headers, ...lowerCased(script.headers) },
    delayMs: script.delayMs,
    ...(script.cutAfterBytes === undefined
      ? undefined
      : {
          cut: {
            afterBytes: script.cutAfterBytes,
            error: new EgressError('cut', { reason: 'the other side closed the connection' }),
          },
        }),
  }
}

const scripted = (body: unknown): Play => {
  if (typeof body !== 'string') return { ...head(200, 'application/json'), parts: [JSON.stringify(body)] }
  const type = /^\s*</.test(body)
    ? 'text/html'
    : /^(?:data|event|:)/.test(body)
      ? 'text/event-stream'
      : 'application/json'
  return { ...head(200, type), parts: [body] }
}

const head = (status: number, contentType: string) => ({ status, headers: { 'content-type': contentType } })

const lowerCased = (headers: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
