import { createHash } from 'node:crypto'
import {
  AssayError,
  decideSuggestion,
  listSuggestions,
  prices,
  suggest,
  timestamp,
  type SuggestedChange,
  type RegressionTest,
  type Suggestion,
} from '@assay/core'
import * as stored from '@assay/store'
import type { App } from '../../app.ts'
import { actorOf } from '../../http/caller.ts'
import { implement, type Exchange } from '../../http/implement.ts'
import { answersOf, badOutputOf, passesOn } from './suggestion-evidence.ts'
import { proposeExpectation } from './propose-expectation.ts'
import { proveSuggestion } from './prove-suggestion.ts'
import { requireTest } from '../tests/test-audit.ts'
import { onRetireRegressionTest } from '../tests/test-routes.ts'
import { onUpdateRegressionTest } from '../tests/write-test.ts'

/** What the rules find now, beside what a model has proposed; found anew each time, decided once. */
export const onListSuggestions = implement(
  listSuggestions,
  async ({ app, member, inWorkspace }, { params: { id } }) => {
    const { workspaceId } = member()
    const test = await inWorkspace((scope) => requireTest(scope, id))
    const found = test.state === 'retired' ? [] : await findingsOf(app, { workspaceId, test })
    const items = await inWorkspace(async (scope) => {
      await stored.keepSuggestions(
        scope,
        found.map((finding) => newSuggestion(app, test, finding)),
      )
      return stored.listOpenSuggestions(scope, { testId: id, testVersion: test.version })
    })
    // A rule that no longer finds anything takes its suggestion back; models do not change their mind.
    const current = new Set(found.map((finding) => suggestionId(test, finding)))
    return { items: items.filter(({ id: one, origin }) => origin === 'model' || current.has(one)) }
  },
)

const findingsOf = async (
  app: App,
  target: { workspaceId: string; test: RegressionTest },
): Promise<SuggestedChange[]> => {
  const { workspaceId, test } = target
  const badOutput = await badOutputOf(app, target)
  const { assertions, schema } = await passesOn(app, test, badOutput)
  const [durationsMs, twin] = await app.store.inWorkspace(workspaceId, async (scope) => [
    await answersOf(scope, test),
    await stored.findTwin(scope, test),
  ])
  return suggest({
    test,
    badOutput,
    passesOnBad: assertions,
    schemaPassesOnBad: schema,
    durationsMs,
    twin,
    models: prices.map(({ provider, model }) => `${provider}/${model}`),
  })
}

/** The same finding of the same version is the same suggestion: a UUID of version 8 out of what it says. */
const suggestionId = ({ id, version }: RegressionTest, { rule, after }: SuggestedChange): string => {
  const bytes = createHash('sha256')
    .update(JSON.stringify([id, version, rule, after]))
    .digest()
  bytes[6] = (bytes[6]! & 0x0f) | 0x80
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

const newSuggestion = (
  { now }: Pick<App, 'now'>,
  test: RegressionTest,
  finding: SuggestedChange,
  { origin = 'rule', costNanoUsd = 0 }: Partial<Pick<Suggestion, 'origin' | 'costNanoUsd'>> = {},
): stored.StoredSuggestion => ({
  ...finding,
  id: suggestionId(test, finding),
  testId: test.id,
  testVersion: test.version,
  origin,
  proof: null,
  costNanoUsd,
  state: 'open',
  createdAt: timestamp(now()),
  decidedAt: null,
})

export const onDecideSuggestion = implement(decideSuggestion, async (exchange, { params: { id }, body }) => {
  const { accept, verify, dismiss, propose } = body
  const test = await exchange.inWorkspace((scope) => requireTest(scope, id))
  if (propose) return proposeIn(exchange, test, propose)
  const suggestion = await openSuggestion(exchange, { test, id: (accept ?? verify ?? dismiss)! })
  if (dismiss !== undefined) return settle(exchange, suggestion, 'dismissed')
  const proven = await prove(exchange, { test, suggestion })
  if (accept === undefined) return proven
  const { isVerified, red, green } = proven.proof!
  if (!isVerified) throw new AssayError('suggestion.unproven', { red, green })
  await apply(exchange, { test, suggestion })
  return settle(exchange, proven, 'accepted')
})

const proposeIn = async (
  { app, member, inWorkspace }: Exchange,
  test: RegressionTest,
  wish: { model?: string | undefined; maxCostUsd: number },
): Promise<Suggestion> => {
  const { workspaceId } = member()
  const badOutput = await badOutputOf(app, { workspaceId, test })
  const { finding, costNanoUsd } = await proposeExpectation(app, { workspaceId, test, badOutput, ...wish })
  const made = newSuggestion(app, test, finding, { origin: 'model', costNanoUsd })
  return inWorkspace(async (scope) => {
    await stored.keepSuggestions(scope, [made])
    const { testVersion: _version, ...kept } = (await stored.findSuggestion(scope, { testId: test.id, id: made.id }))!
    return kept
  })
}

const openSuggestion = (
  { inWorkspace }: Exchange,
  { test, id }: { test: RegressionTest; id: string },
): Promise<Suggestion> =>
  inWorkspace(async (scope) => {
    const found = await stored.findSuggestion(scope, { testId: test.id, id })
    if (found === null) throw new AssayError('resource.not_found', { what: 'suggestion', id })
    const { testVersion, ...suggestion } = found
    const state = suggestion.state === 'open' && testVersion !== test.version ? 'outdated' : suggestion.state
    if (state !== 'open') throw new AssayError('suggestion.decided', { id, state })
    return suggestion
  })

/** Each verification looks anew: the product may have changed since. */
const prove = async (
  { app, member, inWorkspace }: Exchange,
  { test, suggestion }: { test: RegressionTest; suggestion: Suggestion },
): Promise<Suggestion> => {
  const { workspaceId } = member()
  const proof = await proveSuggestion(app, { workspaceId, test, suggestion, signal: app.stopping })
  return inWorkspace((scope) => stored.updateSuggestion(scope, { id: suggestion.id, proof }))
}

/** As a person would do it by hand: a new version, with its own verification and a row in the audit trail. */
const apply = async (
  exchange: Exchange,
  { test, suggestion: { after } }: { test: RegressionTest; suggestion: Suggestion },
): Promise<void> => {
  const params = { id: test.id }
  if (after.retired) return void (await onRetireRegressionTest.handle(exchange, { params }))
  const { expected, model } = after
  const body = { ...(expected && { expected }), ...(model === undefined ? {} : { target: model }) }
  await onUpdateRegressionTest.handle(exchange, { params, body })
}

const settle = (
  { app, caller, inWorkspace, requestId }: Exchange,
  { id, testId, rule }: Suggestion,
  state: 'accepted' | 'dismissed',
): Promise<Suggestion> =>
  inWorkspace(async (scope) => {
    const at = timestamp(app.now())
    const actor = actorOf(caller)
    await stored.appendAudit(scope, {
      at,
      actor,
      action: `test_suggestion.${state === 'accepted' ? 'accept' : 'dismiss'}`,
      target: testId,
      after: { suggestion: id, rule },
      requestId,
    })
    return stored.updateSuggestion(scope, { id, state, decidedAt: at, decidedBy: actor })
  })
