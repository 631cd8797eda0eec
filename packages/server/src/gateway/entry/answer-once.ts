import { createHash } from 'node:crypto'
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { AssayError, DAY_MS, MINUTE_MS, SECOND_MS, timestamp } from '@assay/core'
import { keepSentAnswer, releaseCall, takeCall, type SentAnswer, type Store } from '@assay/store'
import type { GatewayParts, IdempotentCalls, KeyHolder } from '../parts.ts'
import { readAhead } from './read-body.ts'

type NamedCall = {
  request: IncomingMessage
  response: ServerResponse
  holder: KeyHolder
  requestId: string
  /** What the caller calls it. */
  name: string
}

const LONGEST_NAME = 255
/** A larger answer is not kept; the call can be made again. */
const MOST_KEPT_BYTES = 8 * 1_048_576
/** Longer than any call may take: then its process has ended without a word. */
const STALE_MS = 11 * MINUTE_MS

/**
 * Makes a call that the caller has given a name, once: sent again within a day, it gets the answer of the first time.
 * The answer is on the disk before its last byte is sent.
 */
export const answerOnce = async (
  { idempotentCalls: calls, log }: Pick<GatewayParts, 'idempotentCalls' | 'log'>,
  call: NamedCall,
  answer: () => Promise<void>,
): Promise<void> => {
  if (!calls) return answer()
  if (call.name === '' || call.name.length > LONGEST_NAME) {
    const issues = [{ path: 'idempotency-key', message: `it does not have 1 to ${LONGEST_NAME} characters` }]
    throw new AssayError('input.invalid', { what: 'request header', issues })
  }
  const { request, response, holder, requestId } = call
  const { workspaceId } = holder
  const callHash = hashOf(holder.keyId ?? '', call.name)
  const bodyHash = hashOf(request.url ?? '', await readAhead(request))
  const turn = await calls.take(workspaceId, { callHash, bodyHash, requestId })
  if (turn.kind === 'other') throw new AssayError('gateway.idempotency_mismatch', {})
  if (turn.kind === 'running') throw new AssayError('gateway.idempotency_running', { retryAfterMs: SECOND_MS })
  if (turn.kind === 'answered') return sendAgain(response, turn.answer)
  const end = (kept: SentAnswer | null): Promise<void> =>
    kept ? calls.keep(workspaceId, callHash, kept) : calls.release(workspaceId, callHash, requestId)
  listen(response, requestId, async (kept) => {
    try {
      await end(kept)
    } catch (error) {
      log.error({ requestId, error }, 'the answer of an idempotent call could not be kept')
    }
  })
  await answer()
}

/** The calls of a store. */
export const createIdempotentCalls = (store: Pick<Store, 'inWorkspace'>, now: () => number): IdempotentCalls => ({
  take: (workspaceId, call) =>
    store.inWorkspace(workspaceId, (scope) =>
      takeCall(scope, {
        ...call,
        now: timestamp(now()),
        staleBefore: timestamp(now() - STALE_MS),
        oldest: timestamp(now() - DAY_MS),
      }),
    ),
  keep: (workspaceId, callHash, answer) =>
    store.inWorkspace(workspaceId, (scope) => keepSentAnswer(scope, { callHash, answer })),
  release: (workspaceId, callHash, requestId) =>
    store.inWorkspace(workspaceId, (scope) => releaseCall(scope, { callHash, requestId })),
})

const hashOf = (name: string, content: string | Buffer): Buffer =>
  createHash('sha256').update(`${name.length}:${name}`).update(content).digest()

const sendAgain = (response: ServerResponse, { status, headers, body }: SentAnswer): void => {
  response.writeHead(status, { ...headers, 'content-length': body.length, 'idempotent-replayed': 'true' })
  response.end(body)
}

/** Notes what is sent, and holds its end back until `onEnd` has kept it; null: there is nothing to keep. */
const listen = (
  response: ServerResponse,
  requestId: string,
  onEnd: (kept: SentAnswer | null) => Promise<void>,
): void => {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  let isEnding = false
  const note = (chunk: unknown): void => {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) return
    const bytes = Buffer.from(chunk)
    sizeBytes += bytes.length
    if (sizeBytes <= MOST_KEPT_BYTES) chunks.push(bytes)
  }
  let headers: OutgoingHttpHeaders = {}
  const writeHead = response.writeHead.bind(response)
  const write = response.write.bind(response)
  const end = response.end.bind(response)
  response.writeHead = (status: number, given?: unknown) => {
    headers = typeof given === 'object' && given !== null ? { ...given } : {}
    return writeHead(status, headers)
  }
  response.write = (chunk: unknown) => {
    note(chunk)
    return write(chunk)
  }
  response.end = (chunk?: unknown) => {
    if (isEnding) return response
    isEnding = true
    note(chunk)
    const isKept = response.statusCode < 500 && sizeBytes <= MOST_KEPT_BYTES
    const kept = {
      requestId,
      status: response.statusCode,
      headers: answerHeadersOf(headers),
      body: Buffer.concat(chunks),
    }
    void onEnd(isKept ? kept : null).finally(() => (chunk === undefined ? end() : end(chunk)))
    return response
  }
  response.once('close', () => {
    if (isEnding) return
    isEnding = true
    void onEnd(null)
  })
}

/** Headers that are of the answer and not of its connection. */
const answerHeadersOf = (headers: OutgoingHttpHeaders): Record<string, string> => {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !ofConnection.has(name.toLowerCase())) kept[name] = String(value)
  }
  return kept
}

const ofConnection: ReadonlySet<string> = new Set(['content-length', 'connection', 'transfer-encoding', 'date'])
