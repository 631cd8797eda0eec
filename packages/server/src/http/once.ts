import { createHash } from 'node:crypto'
import { AssayError, canonicalJson, DAY_MS, timestamp, type Contract } from '@assay/core'
import { findSentAnswer, keepSentAnswer, takeCall, type SentAnswer, type WorkspaceScope } from '@assay/store'
import { actorOf } from './caller.ts'
import type { Exchange } from './implement.ts'

const LONGEST_NAME = 255

/**
 * Makes a change that a caller may have given a name with `Idempotency-Key`: under one name it is made once, and sent
 * again within a day it gets the first answer. The change and its answer are kept in one transaction, so that there is
 * never one without the other. `prepare` does what needs no transaction.
 */
export const once = async <Reply>(
  exchange: Exchange,
  { contract, input }: { contract: Contract; input: unknown },
  prepare: () => Promise<(scope: WorkspaceScope) => Promise<Reply>>,
): Promise<Reply> => {
  const name = exchange.header('idempotency-key')
  if (name === undefined) return exchange.inWorkspace(await prepare())
  if (name === '' || name.length > LONGEST_NAME) {
    const issues = [{ path: 'idempotency-key', message: `it does not have 1 to ${LONGEST_NAME} characters` }]
    throw new AssayError('input.invalid', { what: 'request header', issues })
  }
  const { app, caller, requestId } = exchange
  const oldest = timestamp(app.now() - DAY_MS)
  const call = {
    callHash: hashOf([actorOf(caller), contract.method, contract.path, name]),
    bodyHash: hashOf([canonicalJson(input)]),
  }
  const known = await exchange.inWorkspace((scope) => findSentAnswer(scope, { ...call, oldest }))
  if (known === 'other') throw new AssayError('gateway.idempotency_mismatch', {})
  if (known !== null) return read(known) as Reply
  const work = await prepare()
  return exchange.inWorkspace(async (scope) => {
    const now = app.nowIso()
    // A call is never seen under way: its row and its answer are there together.
    const turn = await takeCall(scope, { ...call, requestId, now, staleBefore: oldest, oldest })
    if (turn.kind === 'other') throw new AssayError('gateway.idempotency_mismatch', {})
    if (turn.kind === 'running') throw new AssayError('gateway.idempotency_running', { retryAfterMs: 1_000 })
    if (turn.kind === 'answered') return read(turn.answer) as Reply
    const reply = await work(scope)
    const body = Buffer.from(JSON.stringify(reply))
    const answer = { requestId, status: contract.status ?? 200, headers: {}, body }
    await keepSentAnswer(scope, { callHash: call.callHash, answer })
    return reply
  })
}

const read = ({ body }: SentAnswer): unknown => JSON.parse(Buffer.from(body).toString())

const hashOf = (parts: readonly string[]): Buffer => createHash('sha256').update(JSON.stringify(parts)).digest()
