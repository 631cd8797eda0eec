import type {
  Alert,
  AlertChannel,
  AlertDelivery,
  AlertRule,
  Attempt,
  BudgetWindow,
  CacheEntry,
  CaseKind,
  CaseResult,
  ChatRequest,
  CostLine,
  Credential,
  Execution,
  Expected,
  Experiment,
  Category,
  Failure,
  Feedback,
  FailureGroup,
  Gate,
  GateClosure,
  GatePolicy,
  GateReason,
  FingerprintRule,
  GroupChange,
  GroupFingerprint,
  KeptAnswer,
  ModelAlias,
  MonitorSettings,
  RedactionPattern,
  Guard,
  NearDuplicateMode,
  GatewayKey,
  GoldenCase,
  PriceRow,
  RegressionTest,
  RejectedCandidate,
  RequestRecord,
  Retention,
  Run,
  RunTotals,
  Role,
  StoredCase,
  StoredSuite,
  Suggestion,
  TestTarget,
  ToolCallRecord,
  Verdict,
  Workspace,
} from '@assay/core'
import type { ColumnType, Generated } from 'kysely'

/** A jsonb column: read as the value, written as its JSON text, because the two engines write objects differently. */
type Json<Value> = ColumnType<Value, string, string>
type NullableJson<Value> = ColumnType<Value | null, string | null, string | null>
/** A column that the database fills in when nobody does. */
type Defaulted<Value> = ColumnType<Value, Value | undefined, Value>

/** One fingerprint's share of a group on its way to another; of what was grouped anew also its two fingerprints. */
export type AliasMove = { aliasId: string; from: string; to: string; fingerprints?: [before: string, after: string] }
/** One regression test on its way to another group. */
export type TestMove = { testId: string; from: string; to: string }

export type Database = {
  workspaces: Workspace
  people: { id: string; name: string; createdAt: string }
  members: { workspaceId: string; personId: string; role: Role; createdAt: string }
  signInLinks: { tokenHash: Uint8Array; workspaceId: string; personId: string; expiresAt: string }
  sessions: {
    id: string
    tokenHash: Uint8Array
    workspaceId: string
    personId: string
    createdAt: string
    expiresAt: string
  }
  gatewayKeys: Omit<GatewayKey, 'routePolicy' | 'cachePolicy' | 'limitsId'> & {
    workspaceId: string
    hash: Uint8Array
    routePolicy: NullableJson<GatewayKey['routePolicy']>
    cachePolicy: NullableJson<GatewayKey['cachePolicy']>
    /** Null in rows of an earlier version: its own id. */
    limitsId: string | null
  }
  workspaceBudgets: { workspaceId: string; limitNanoUsd: number; budgetWindow: BudgetWindow; updatedAt: string }
  budgets: {
    id: string
    workspaceId: string
    limitsId: string | null
    budgetWindow: BudgetWindow
    startsAt: string
    limitNanoUsd: number
    usedNanoUsd: Defaulted<number>
    reservedNanoUsd: Defaulted<number>
    lostNanoUsd: Defaulted<number>
    /** What entries cost that are no longer kept one by one. */
    foldedNanoUsd: Defaulted<number>
    /** What the last lease was given, for the statement that gave it. */
    grantedNanoUsd: Defaulted<number>
    fence: Defaulted<number>
    warnedPercent: Defaulted<number>
  }
  budgetLeases: {
    budgetId: string
    fence: number
    workspaceId: string
    owner: string
    amountNanoUsd: number
    until: string
    state: 'held' | 'lost'
  }
  ledgerEntries: {
    requestId: string
    budgetId: string
    day: string
    workspaceId: string
    kind: string
    state: 'settled' | 'released' | 'lost'
    reservedNanoUsd: number
    settledNanoUsd: number
    at: string
  }
  rateBuckets: {
    workspaceId: string
    limitsId: string
    kind: 'rpm' | 'tpm'
    level: number
    granted: Defaulted<number>
    at: string
  }
  concurrencyHolds: { workspaceId: string; limitsId: string; owner: string; held: number; until: string }
  dataKeys: {
    id: string
    workspaceId: string
    kekId: string
    wrapped: Uint8Array
    createdAt: string
    retiredAt: Defaulted<string | null>
  }
  keyCheck: { singleton: Defaulted<boolean>; value: Uint8Array; kekId: string | null }
  credentials: Omit<Credential, 'options' | 'dueAt'> & {
    workspaceId: string
    options: Json<Credential['options']>
    sealed: Uint8Array
    previousSealed: Uint8Array | null
    dataKeyId: string
    fingerprint: Uint8Array
    deletedAt: Defaulted<string | null>
  }
  audit: {
    workspaceId: string
    seq: number
    at: string
    actor: string
    action: string
    target: string
    before: NullableJson<unknown>
    after: NullableJson<unknown>
    ip: string | null
    requestId: string | null
    prevHash: Uint8Array
    hash: Uint8Array
  }
  requests: Omit<RequestRecord, 'attempts' | 'rejected' | 'tags' | 'costLines'> & {
    day: string
    costLines: NullableJson<CostLine[]>
    attempts: Json<Attempt[]>
    rejected: Json<RejectedCandidate[]>
    tags: Json<Record<string, string>>
  }
  guards: {
    id: string
    workspaceId: string
    name: string
    keyId: string | null
    place: number
    looksAt: Guard['when']
    kind: Guard['kind']
    action: Guard['action']
    options: Json<Guard['options']>
    onError: Guard['onError']
    enabled: boolean
    createdAt: string
    updatedAt: string
  }
  priceTables: {
    id: string
    workspaceId: string
    version: string
    date: string
    source: string
    prices: Json<PriceRow[]>
    loadedAt: string
  }
  priceOverrides: { workspaceId: string; provider: string; model: string; price: Json<PriceRow>; updatedAt: string }
  usageHour: UsageSums & {
    workspaceId: string
    hour: string
    providerName: string | null
    model: string
    keyId: string | null
    complexity: RequestRecord['complexity']
    cacheMisses: number
    cacheSavedMs: number
    latencyMsSum: number
    routedSavingNanoUsd: number
    pinnedSavingNanoUsd: number
    cachedSavingNanoUsd: number
    /** Counts by bucket, written as the text of an array and read by `unnest`. */
    latencyCounts: ColumnType<never, string, string>
    ttftCounts: ColumnType<never, string, string>
  }
  providerHour: { workspaceId: string; hour: string; providerName: string; answered: number; failed: number }
  usageTagHour: UsageSums & { workspaceId: string; hour: string; tag: string }
  requestBodies: {
    id: string
    day: string
    workspaceId: string
    request: Json<ChatRequest>
    answer: Json<KeptAnswer>
    redactions: Json<Record<string, number>>
  }
  monitorSettings: Omit<MonitorSettings, 'updatedAt'> & { workspaceId: string; updatedAt: string }
  modelNames: {
    workspaceId: string
    aliases: Json<ModelAlias[]>
    providerOrder: string[]
    updatedAt: string
  }
  retentionSettings: {
    workspaceId: string
    retention: Retention
    patterns: Json<RedactionPattern[]>
    updatedAt: string
  }
  responseCache: Omit<CacheEntry, 'key' | 'flagged' | 'savedNanoUsd' | 'tags' | CountedByDefault> & {
    cacheKey: string
    workspaceId: string
    promptNormalized: string | null
    response: string
    cacheReadInputTokens: number
    cacheWriteInputTokens: number
    reasoningOutputTokens: number
    tags: Json<Record<string, string>>
    nearKey: string | null
    signature: Uint8Array | null
    hitCount: Defaulted<number>
    upvotes: Defaulted<number>
    downvotes: Defaulted<number>
    qualityScore: Defaulted<number>
    pinned: Defaulted<boolean>
    invalidated: Defaulted<boolean>
    invalidationReason: Defaulted<CacheEntry['invalidationReason']>
    invalidatedAt: Defaulted<string | null>
  }
  responseFeedback: Feedback & { workspaceId: string; promptHash: string | null }
  idempotentCalls: {
    workspaceId: string
    callHash: Uint8Array
    bodyHash: Uint8Array
    requestId: string
    startedAt: string
    status: number | null
    headers: Json<Record<string, string>> | null
    body: Uint8Array | null
  }
  cacheSettings: { workspaceId: string; nearDuplicates: NearDuplicateMode; updatedAt: string }
  nearDuplicates: {
    requestId: string
    workspaceId: string
    cacheKey: string
    isServed: boolean
    isSame: boolean | null
    at: string
  }
  alerts: Omit<Alert, 'details' | 'acknowledgedAt' | 'acknowledgedBy' | 'resolvedAt'> & {
    workspaceId: string
    details: Json<Alert['details']>
    noticedAt: string
    acknowledgedAt: Defaulted<string | null>
    acknowledgedBy: Defaulted<string | null>
    resolvedAt: Defaulted<string | null>
  }
  alertNotices: {
    id: string
    workspaceId: string
    alertId: string
    kind: 'raised' | 'resolved'
    at: string
    deliveredAt: Defaulted<string | null>
  }
  alertChannels: Omit<AlertChannel, 'to'> & {
    workspaceId: string
    recipients: string[]
    origin: string | null
    sealed: Uint8Array | null
    previousSealed: Uint8Array | null
    dataKeyId: string | null
    graceUntil: string | null
  }
  alertRules: Omit<AlertRule, 'filter'> & { workspaceId: string; filter: Json<AlertRule['filter']> }
  alertDeliveries: AlertDelivery & { workspaceId: string; noticeId: string | null }
  usageMinute: { workspaceId: string; minute: string; requests: number; failed: number }
  failures: Omit<Failure, 'context' | 'request' | 'redactions' | 'causes'> & {
    workspaceId: string
    day: string
    fingerprint: string
    family: string
    subcategory: string | null
    userHash: Uint8Array | null
    groupingVersion: number
    aliasId: string
    isIncident: boolean
    causes: NullableJson<Failure['causes']>
    context: NullableJson<Failure['context']>
    request: NullableJson<Failure['request']>
    redactions: Json<Failure['redactions']>
  }
  failureKeys: { workspaceId: string; eventKey: string; failureId: string; groupId: string | null; at: string }
  failureGroups: Omit<FailureGroup, 'why' | 'daily' | 'isWidespread' | 'mutedFor'> & {
    workspaceId: string
    why: Json<string[]>
    resolvedAt: string | null
    /** At which count of occurrences its muting ends. */
    muteEndsAt: number | null
    widespreadUntil: string | null
    spreadLookedAt: string | null
    lastUserHash: Uint8Array | null
    /** The group that it is counted as part of; such a group is shown nowhere. */
    mergedInto: string | null
  }
  fingerprintAliases: {
    id: string
    workspaceId: string
    fingerprint: string
    groupId: string
    isOpen: boolean
    origin: GroupFingerprint['origin']
    likeId: string | null
    similarity: number | null
    category: Category
    errorType: string | null
    text: string | null
    signature: Uint8Array | null
    bands: number[] | null
    groupingVersion: number
    createdAt: string
  }
  failureGroupDays: {
    workspaceId: string
    aliasId: string
    day: string
    release: string
    occurrences: number
    incidents: number
    absorbed: number
    firstSeenAt: string
    lastSeenAt: string
  }
  failureGroupUsers: { workspaceId: string; aliasId: string; userHash: Uint8Array; events: number }
  groupChanges: Omit<GroupChange, 'undoneAt'> & {
    workspaceId: string
    moves: Json<AliasMove[]>
    tests: Json<TestMove[]>
    undoneAt: Defaulted<string | null>
    undoneBy: Defaulted<string | null>
  }
  fingerprintRules: FingerprintRule & { workspaceId: string; place: number }
  regressionTests: Omit<
    RegressionTest,
    'target' | 'request' | 'phases' | 'expected' | 'verification' | 'quarantine'
  > & {
    workspaceId: string
    target: Json<TestTarget>
    request: NullableJson<RegressionTest['request']>
    phases: Json<RegressionTest['phases']>
    expected: Json<Expected>
    verification: Json<RegressionTest['verification']>
    quarantine: NullableJson<RegressionTest['quarantine']>
    /** What tells two tests that say the same; null for one that need not be unlike others. */
    contentHash: string | null
  }
  goldenCases: GoldenCase & { workspaceId: string; promptHash: string }
  executions: Execution & { workspaceId: string }
  gateChecks: {
    id: string
    workspaceId: string
    state: Gate['state']
    release: string | null
    policy: Json<GatePolicy>
    reasons: Json<Pick<GateReason, 'code' | 'testId' | 'message'>[]>
    actor: string
    at: string
  }
  gateClosures: GateClosure & { workspaceId: string; gateId: string }
  experiments: Omit<Experiment, 'arms' | 'design' | 'scope'> & {
    workspaceId: string
    source: Experiment['scope']['source']
    arms: Json<Experiment['arms']>
    design: Json<Experiment['design']>
    scope: Json<Experiment['scope']>
    seenUntil: string | null
  }
  experimentObservations: {
    experimentId: string
    arm: string
    unit: string
    workspaceId: string
    place: Generated<number>
    passed: boolean
    sourceId: string | null
    costNanoUsd: number | null
    at: string
  }
  testSuggestions: Omit<Suggestion, 'before' | 'after' | 'proof'> & {
    workspaceId: string
    testVersion: number
    before: Json<Suggestion['before']>
    after: Json<Suggestion['after']>
    verification: NullableJson<Suggestion['proof']>
    decidedBy: string | null
  }
  schedules: {
    id: string
    workspaceId: string
    name: string
    cron: string
    timeZone: Defaulted<string>
    tag: string | null
    testIds: Defaulted<string[]>
    environment: Defaulted<Run['environment']>
    dailyBudgetNanoUsd: Defaulted<number>
    paused: Defaulted<boolean>
    isDefault: Defaulted<boolean>
    nextAt: string
    lastAt: string | null
    lastOutcome: Defaulted<string | null>
    createdAt: Defaulted<string>
    updatedAt: Defaulted<string>
  }
  scheduleRuns: { runId: string; scheduleId: string; workspaceId: string; at: string }
  suiteSources: { workspaceId: string; sourceHash: string; source: string }
  suites: StoredSuite & { workspaceId: string }
  testCases: Omit<StoredCase, 'assertions'> & {
    id: Generated<number>
    workspaceId: string
    suiteId: string
    assertions: Json<StoredCase['assertions']>
  }
  runs: Omit<Run, 'totals' | 'modelTotals' | 'settings'> & {
    workspaceId: string
    totals: NullableJson<RunTotals>
    modelTotals: Json<Run['modelTotals']>
    settings: Json<Run['settings']>
    /** The name of the suite's file. */
    file: string | null
    testIds: string[]
  }
  results: Pick<
    CaseResult,
    'caseKey' | 'model' | 'repeat' | 'title' | 'status' | 'score' | 'input' | 'response' | 'latencyMs' | 'durationMs'
  > & {
    workspaceId: string
    runId: string
    costNanoUsd: number | null
    error: NullableJson<CaseResult['error']>
    verdicts: Json<Verdict[]>
    usage: NullableJson<CaseResult['usage']>
    kind: CaseKind | null
    tags: string[] | null
    cached: boolean | null
    toolCalls: NullableJson<ToolCallRecord[]>
    /** What else a result says. */
    more: Json<Partial<CaseResult>>
  }
  migrations: { name: string; appliedAt: Defaulted<string>; direction: 'up' | 'down'; id: Defaulted<number> }
}

type UsageSums = {
  requests: number
  failed: number
  completed: number
  cancelled: number
  unpriced: number
  inputTokens: number
  outputTokens: number
  cacheReadInputTokens: number
  costNanoUsd: number
  baselineCostNanoUsd: number
  savingNanoUsd: number
  cacheHits: number
  cacheSavedNanoUsd: number
}

type CountedByDefault =
  | 'hitCount'
  | 'upvotes'
  | 'downvotes'
  | 'qualityScore'
  | 'pinned'
  | 'invalidated'
  | 'invalidationReason'

/** The JSON text of a value for a jsonb column. */
export const json = (value: unknown): string => JSON.stringify(value)

/** The same where SQL's null stands for the absence of a value. */
export const jsonOrNull = (value: unknown): string | null =>
  value === null || value === undefined ? null : JSON.stringify(value)
