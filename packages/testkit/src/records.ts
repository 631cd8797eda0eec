import type { Diagnosis, Execution, Failure, GatewayKey, RegressionTest, RequestRecord, Run } from '@assay/core'
import { DAY_MS, newRegressionTest, newRun, openPolicy, timestamp } from '@assay/core'
import type { NewAnswer } from '@assay/store'
import { newId } from './test-store.ts'

/** One completed request, with the named fields changed. */
export const requestOf = (changes: Partial<RequestRecord> = {}): RequestRecord => ({
  id: newId(),
  workspaceId: newId(),
  keyId: null,
  credentialId: null,
  credentialSource: null,
  at: timestamp(Date.now()),
  operationName: 'chat',
  promptPreview: 'hello',
  complexity: 'simple',
  score: 0.1,
  requestModel: 'auto',
  providerName: 'sim',
  responseModel: 'echo',
  route: 'price',
  attempts: [],
  rejected: [],
  cache: 'off',
  guards: [],
  dropped: [],
  toolsUsed: [],
  status: 'completed',
  httpStatus: 200,
  errorCode: null,
  errorMessage: null,
  finishReason: 'stop',
  inputTokens: 10,
  outputTokens: 20,
  cacheReadInputTokens: 0,
  cacheWriteInputTokens: 0,
  reasoningOutputTokens: 0,
  costNanoUsd: 1_000,
  baselineModel: null,
  baselineCostNanoUsd: 2_000,
  savingNanoUsd: 1_000,
  cacheSavedNanoUsd: null,
  cacheSavedMs: null,
  cachedFrom: null,
  priceVersion: null,
  costLines: null,
  ttftMs: 5,
  latencyMs: 50,
  stream: false,
  estimated: false,
  priced: true,
  conversationId: null,
  userHash: null,
  environment: null,
  packageVersion: null,
  tags: {},
  ...changes,
})

/** One answer about to be kept, with the named fields changed. */
export const answerOf = (changes: Partial<NewAnswer> = {}): NewAnswer => {
  const now = Date.now()
  return {
    key: newId().replaceAll('-', '').padStart(64, '0'),
    workspaceId: newId(),
    requestId: newId(),
    promptPreview: 'hello',
    promptHash: 'hash',
    promptNormalized: null,
    response: '{}',
    provider: 'sim',
    model: 'echo',
    complexity: 'simple',
    finishReason: 'stop',
    maxTokens: null,
    inputTokens: 10,
    outputTokens: 20,
    cacheReadInputTokens: 0,
    cacheWriteInputTokens: 0,
    reasoningOutputTokens: 0,
    costNanoUsd: 1_000,
    latencyMs: 50,
    sizeBytes: 1_000,
    tags: {},
    nearKey: null,
    signature: null,
    createdAt: timestamp(now),
    lastAccessedAt: timestamp(now),
    expiresAt: timestamp(now + DAY_MS),
    ...changes,
  }
}

/** One gateway key without limits, with the named fields changed. */
export const gatewayKeyOf = (changes: Partial<GatewayKey> = {}): GatewayKey => {
  const id = changes.id ?? newId()
  return {
    ...openPolicy,
    id,
    limitsId: id,
    name: 'app',
    prefix: 'as_live_abcd',
    last4: 'wxyz',
    scopes: ['inference', 'failures'],
    rotatedTo: null,
    revokedAt: null,
    lastUsedAt: null,
    createdAt: timestamp(Date.now()),
    ...changes,
  }
}

/** One failure about to be counted, with the named fields changed. */
export const failureOf = (changes: Partial<Omit<Failure, 'groupId'>> = {}): Omit<Failure, 'groupId'> => {
  const now = timestamp(Date.now())
  return {
    id: newId(),
    at: now,
    receivedAt: now,
    name: 'TypeError',
    message: 'total is undefined',
    stack: null,
    causes: null,
    httpStatus: null,
    provider: null,
    model: null,
    providerCode: null,
    providerType: null,
    requestId: null,
    conversationId: null,
    environment: 'production',
    release: null,
    package: null,
    packageVersion: null,
    framework: null,
    category: 'validation',
    severity: 'medium',
    absorbed: false,
    count: 1,
    tags: ['invoice'],
    context: { order: { lineItems: [1, 2] } },
    request: { model: 'sim/echo', messages: [{ role: 'user', content: 'read the invoice' }] },
    output: null,
    bodies: 'kept',
    truncated: [],
    redactions: { email: 2 },
    ...changes,
  }
}

/** What the rules might say of a failure with this fingerprint. */
export const diagnosisOf = (fingerprint: string): Diagnosis => ({
  category: 'validation',
  subcategory: null,
  severity: 'medium',
  fingerprint,
  family: 'validation/invoice',
  title: 'total is undefined',
  why: ['the message names a missing field'],
})

/** One regression test as it is made, with the named fields changed. */
export const regressionTestOf = (changes: Partial<RegressionTest> = {}): RegressionTest => ({
  ...newRegressionTest({
    id: newId(),
    name: 'invoice_total',
    kind: 'regression',
    origin: 'failure',
    stateReason: 'never seen red',
    target: { kind: 'model', model: 'sim/echo' },
    request: { model: 'sim/echo', messages: [{ role: 'user', content: 'read the invoice' }] },
    expected: { shouldNotFail: true },
    tags: ['invoice'],
    createdAt: timestamp(Date.now()),
  }),
  groupId: null,
  ...changes,
})

/** One execution of a test, with the named fields changed. */
export const executionOf = (changes: Pick<Execution, 'testId' | 'runId'> & Partial<Execution>): Execution => ({
  id: newId(),
  version: 1,
  outcome: 'pass',
  verification: false,
  confidence: 80,
  trigger: 'manual',
  environment: 'production',
  release: null,
  attempts: 1,
  passed: 1,
  expected: 'no failure',
  actual: 'no failure',
  error: null,
  durationMs: 12.5,
  ttftMs: null,
  inputTokens: 7,
  outputTokens: 3,
  costNanoUsd: 100,
  at: timestamp(Date.now()),
  ...changes,
})

/** One run that waits, with the named fields changed. */
export const runOf = (changes: Partial<Run> = {}): Run =>
  newRun({
    id: newId(),
    name: 'regression tests: all',
    trigger: 'manual',
    environment: 'production',
    createdAt: timestamp(Date.now()),
    ...changes,
  })
