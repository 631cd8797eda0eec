import {
  DAY_MS,
  type Evidence,
  Execution,
  Failure,
  FailureGroup,
  type FailureGroupDetail,
  type GoldenCase,
  type GroupFingerprint,
  HOUR_MS,
  MINUTE_MS,
  RegressionTest,
  timestamp,
  trustOf,
  unscored,
} from '@assay/core'
import { createRandom, idOf } from './random.ts'

type Story = Pick<
  FailureGroup,
  'title' | 'family' | 'category' | 'severity' | 'state' | 'testStatus' | 'occurrences' | 'users' | 'why'
> & {
  lastSeenMs: number
}

const stories: Story[] = [
  {
    title: 'The answer lacks the field currency that the schema requires',
    family: 'validation/compatible/missing_required',
    category: 'validation',
    severity: 'medium',
    state: 'open',
    testStatus: 'created',
    occurrences: 48,
    users: 12,
    lastSeenMs: 4 * MINUTE_MS,
    why: ['The same schema error at the same field: currency.', 'Numbers, ids and paths in the text are left out.'],
  },
  {
    title: 'Cannot read properties of undefined (reading ‘total’) at renderInvoice',
    family: 'validation/app/cannot_read_properties',
    category: 'validation',
    severity: 'medium',
    state: 'reopened',
    testStatus: 'waiting',
    occurrences: 2,
    users: 2,
    lastSeenMs: 37 * MINUTE_MS,
    why: ['A generic text, told apart by the top frame of the application: invoice.ts#renderInvoice.'],
  },
  {
    title: 'You exceeded your current quota, please check your plan and billing details',
    family: 'rate_limit/compatible/insufficient_quota',
    category: 'rate_limit',
    severity: 'critical',
    state: 'open',
    testStatus: 'alert_only',
    occurrences: 391,
    users: 63,
    lastSeenMs: 2 * HOUR_MS,
    why: ['The provider’s own code: insufficient_quota.'],
  },
  {
    title: 'The model took longer than 30 s for its first token',
    family: 'timeout/compatible/first_byte',
    category: 'timeout',
    severity: 'high',
    state: 'open',
    testStatus: 'created',
    occurrences: 17,
    users: 9,
    lastSeenMs: 5 * HOUR_MS,
    why: ['The same stage ran out of time: first byte.', 'The same provider.'],
  },
  {
    title: 'Input is longer than the context of 32,768 tokens',
    family: 'context_length/compatible/max_tokens',
    category: 'context_length',
    severity: 'medium',
    state: 'resolved',
    testStatus: 'needs_request',
    occurrences: 6,
    users: 1,
    lastSeenMs: 3 * DAY_MS,
    why: ['The provider’s own code: context_length_exceeded.'],
  },
  {
    title: 'fetch failed: getaddrinfo ENOTFOUND models.internal',
    family: 'network/app/enotfound',
    category: 'network',
    severity: 'low',
    state: 'muted',
    testStatus: 'waiting',
    occurrences: 1,
    users: 1,
    lastSeenMs: 6 * DAY_MS,
    why: ['The code of the cause: ENOTFOUND.', 'The same host.'],
  },
]

const testedGroups = stories.flatMap(({ testStatus }, index) => (testStatus === 'created' ? [index] : []))

/** Failure groups in every state that a group can be in. */
export const makeGroups = (now: number): FailureGroup[] => {
  const random = createRandom(11)
  return stories.map(({ lastSeenMs, ...story }, index) =>
    FailureGroup.parse({
      ...story,
      id: idOf(2, index),
      fingerprint: (0x9f3a_61c4_27b0_11d5n + BigInt(index * 7_919)).toString(16).padStart(16, '0'),
      threshold: 3,
      countBy: 'occurrences',
      incidents: Math.ceil(story.occurrences / 2),
      isWidespread: index === 0,
      resolvedIn: story.state === 'resolved' ? '2.13.1' : null,
      mutedUntil: story.state === 'muted' ? timestamp(now + 3 * DAY_MS) : null,
      mutedFor: null,
      groupingVersion: 1,
      firstSeenAt: timestamp(now - lastSeenMs - random.between(1, 12) * DAY_MS),
      lastSeenAt: timestamp(now - lastSeenMs),
      testId: story.testStatus === 'created' ? idOf(3, testedGroups.indexOf(index)) : null,
      daily: Array.from({ length: 14 }, (_, day) =>
        13 - day < lastSeenMs / DAY_MS || story.occurrences < 3
          ? Number(13 - day === Math.floor(lastSeenMs / DAY_MS))
          : random.between(0, story.occurrences / 6),
      ),
    }),
  )
}

/** A group with what its page shows beside: the first has two fingerprints and was merged. */
export const detailOfGroup = (group: FailureGroup, now: number): FailureGroupDetail => {
  const isMerged = group.id === idOf(2, 0)
  const share = (
    fingerprint: string,
    occurrences: number,
    changes: Partial<GroupFingerprint> = {},
  ): GroupFingerprint => ({
    fingerprint,
    origin: 'own',
    similarity: null,
    isOpen: true,
    text: group.title,
    occurrences,
    lastSeenAt: group.lastSeenAt,
    ...changes,
  })
  return {
    ...group,
    fingerprints: isMerged
      ? [
          share(group.fingerprint, group.occurrences - 7),
          share('0b7f3d5521ac9e04', 7, {
            origin: 'similar',
            similarity: 0.97,
            text: 'The answer lacks the field currencies that the schema requires',
          }),
        ]
      : [share(group.fingerprint, group.occurrences)],
    releases: [
      {
        release: '2.14.0',
        occurrences: Math.ceil(group.occurrences * 0.7),
        firstSeenAt: timestamp(now - 2 * DAY_MS),
        lastSeenAt: group.lastSeenAt,
      },
      {
        release: '2.13.1',
        occurrences: Math.floor(group.occurrences * 0.3),
        firstSeenAt: group.firstSeenAt,
        lastSeenAt: timestamp(now - 2 * DAY_MS),
      },
    ].filter(({ occurrences }) => occurrences > 0),
    testIds: group.testId === null ? [] : [group.testId],
    changes: isMerged
      ? [
          {
            id: idOf(8, 0),
            kind: 'merge',
            fromId: idOf(2, 90),
            intoId: group.id,
            occurrences: 7,
            actor: 'person:1',
            at: timestamp(now - 26 * HOUR_MS),
            undoneAt: null,
          },
        ]
      : [],
  }
}

/** Occurrences of one group, the first with everything a report can bring. */
export const makeFailures = (group: FailureGroup): Failure[] =>
  Array.from({ length: Math.min(4, group.occurrences) }, (_, index) =>
    Failure.parse({
      id: idOf(4, index),
      groupId: group.id,
      at: timestamp(Date.parse(group.lastSeenAt) - index * 3 * HOUR_MS),
      receivedAt: group.lastSeenAt,
      name: group.category === 'validation' ? 'ValidationError' : 'Error',
      message: `${group.title}. Invoice <number:1> of <email:1>.`,
      stack:
        index === 0
          ? 'ValidationError: The answer lacks the field currency\n    at readInvoice (/srv/app/src/invoice.ts:41:17)\n    at handle (/srv/app/src/inbox.ts:112:5)\n    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)'
          : null,
      httpStatus: index === 0 ? 200 : null,
      provider: 'compatible',
      model: 'small-instruct',
      requestId: index === 0 ? idOf(1, 5) : null,
      environment: 'production',
      release: '2.14.0',
      category: group.category,
      severity: group.severity,
      count: index === 2 ? 12 : 1,
      tags: ['invoices'],
      context: index === 0 ? { queue: 'inbox', attempt: 2 } : null,
      request: index === 0 ? request : null,
      output: index === 0 ? '{"total": "twelve", "note": "<script>alert(1)</script>"}' : null,
      redactions: index === 0 ? { email: 1, number: 2 } : {},
    }),
  )

const request = {
  model: 'compatible/small-instruct',
  messages: [
    { role: 'system', content: 'Read the invoice and answer with JSON only.' },
    { role: 'user', content: 'Read /srv/inbox/<number:1>/invoice.pdf of <email:1>.' },
  ],
  response_format: { type: 'json_schema' },
}

const testNames: [name: string, state: RegressionTest['state'], confidence: number, runs: number, fails: number][] = [
  ['regression_validation_error', 'active', 95, 34, 1],
  ['regression_timeout_error', 'broken', 35, 12, 7],
  ['regression_type_error_4f2a', 'flaky', 58, 21, 6],
  ['regression_schema_mismatch', 'active', 100, 58, 0],
  ['regression_tool_call_error', 'red', 75, 1, 1],
  ['smoke_checkout_page', 'active', 85, 16, 2],
  ['regression_json_parse_error', 'draft', 75, 0, 0],
  ['regression_fence_in_json', 'unconfirmed', 75, 2, 0],
]

const evidence = (at: string, source: Evidence['source'], actual: string): Evidence => ({
  at,
  runId: null,
  source,
  expected: 'the request is answered; the answer fits its JSON Schema',
  actual,
})

/** Prompts that were liked. */
export const makeGoldenCases = (now: number): GoldenCase[] => [
  {
    id: idOf(8, 0),
    state: 'offered',
    requestId: idOf(1, 3),
    promptPreview: 'Name the total of invoice 12 in euro.',
    model: 'compatible/small-instruct',
    ups: 4,
    testId: null,
    createdAt: timestamp(now - DAY_MS),
    updatedAt: timestamp(now - DAY_MS),
  },
]

/** Regression tests in every state of their life but retired. */
export const makeTests = (now: number): RegressionTest[] =>
  testNames.map(([name, state, confidence, runs, fails], index) => {
    const seen = (isSeen: boolean, agoMs: number) => (isSeen ? timestamp(now - agoMs) : null)
    const isProven = state !== 'draft' && state !== 'unconfirmed'
    const scored = trustOf(
      Array.from({ length: runs }, (_, place) => ({ outcome: place < fails && state === 'flaky' ? 'flaky' : 'pass' })),
    )
    return RegressionTest.parse({
      ...unscored,
      origin: name.startsWith('smoke') ? 'manual' : 'failure',
      isActive: true,
      version: 1 + (index % 3),
      phases: [],
      badOutput: null,
      passAt: null,
      framework: null,
      needsConfirmation: name.endsWith('parse_error'),
      trust: scored.trust,
      trustLow: scored.low,
      trustHigh: scored.high,
      health: runs === 0 ? 0 : 71.4,
      healthExecutions: Math.min(35, runs),
      flakies: state === 'flaky' ? 3 : 0,
      verification: {
        red: isProven ? evidence(timestamp(now - 9 * DAY_MS), 'recorded_output', '/currency: is required') : null,
        green:
          state === 'active' ? [1, 2].map(() => evidence(timestamp(now - 8 * DAY_MS), 'live', '{"total": 12}')) : [],
      },
      updatedAt: timestamp(now - 2 * DAY_MS),
      id: idOf(3, index),
      name,
      kind: name.startsWith('smoke') ? 'smoke' : 'regression',
      method: name.includes('timeout') ? 'inject' : 'replay',
      state,
      stateReason: state === 'broken' ? 'Three executions in a row failed on every rerun.' : '',
      groupId: testedGroups[index] === undefined ? null : idOf(2, testedGroups[index]),
      target: name.includes('timeout')
        ? { kind: 'fault', model: 'compatible/small-instruct', fault: { delayMs: 31_000 } }
        : { kind: 'model', model: 'compatible/small-instruct' },
      request,
      expected: {
        shouldNotFail: true,
        schema: { type: 'object', required: ['total', 'currency'] },
        fingerprintAbsent: '9f3a61c427b011d5',
        maxDurationMs: 20_000,
        assertions: [{ type: 'contains-json' }, { type: 'javascript', value: 'output.length < 400' }],
      },
      tags: [
        name.includes('timeout') ? 'timeout' : 'validation',
        'feature:invoices',
        ...(index === 0 ? ['critical'] : []),
      ],
      confidence,
      runs,
      passes: runs - fails,
      fails,
      redAt: seen(state !== 'draft' && state !== 'unconfirmed', 9 * DAY_MS),
      greenAt: seen(state === 'active' || state === 'broken' || state === 'flaky', 8 * DAY_MS),
      lastRunAt: seen(runs > 0, (index + 1) * 47 * MINUTE_MS),
      createdAt: timestamp(now - 10 * DAY_MS),
    })
  })

/** The history of a test, newest first: red, green twice, then a score that rises, falls and recovers. */
export const makeExecutions = (testId: string, now: number): Execution[] => {
  const random = createRandom(5)
  let confidence = 75
  const outcomes = [
    'fail',
    'pass',
    'pass',
    ...Array.from({ length: 21 }, (_, index) =>
      [5, 6, 13].includes(index) ? 'fail' : index === 17 ? 'flaky' : 'pass',
    ),
  ]
  return outcomes
    .map((outcome, index) => {
      const verification = index < 3
      if (!verification) confidence = Math.min(100, Math.max(0, confidence + (outcome === 'pass' ? 5 : -10)))
      return Execution.parse({
        id: idOf(5, index),
        testId,
        version: 1,
        release: null,
        attempts: outcome === 'pass' ? 1 : 4,
        passed: outcome === 'fail' ? 0 : 1,
        ttftMs: null,
        inputTokens: 210,
        outputTokens: 40,
        runId: idOf(6, index),
        outcome,
        verification,
        confidence,
        trigger: index % 4 === 0 ? 'manual' : 'cron',
        environment: 'production',
        expected: 'The call succeeds.\nThe answer fits its JSON Schema.',
        actual:
          outcome === 'pass'
            ? '{"total": 12, "currency": "EUR"}'
            : '{"total": "twelve"}\n/currency: is required\n/total: must be a number',
        error: null,
        durationMs: random.between(420, 2_400),
        costNanoUsd: random.between(40_000, 900_000),
        at: timestamp(now - (outcomes.length - index) * 6 * HOUR_MS),
      })
    })
    .toReversed()
}
