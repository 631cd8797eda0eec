import { Case, CaseResult, noUsage, Suite, type Completion } from '@assay/core'
import type { z } from 'zod'

/** One case as a suite holds it, with the named fields changed. */
export const caseOf = (changes: Partial<z.input<typeof Case>> = {}): Case =>
  Case.parse({ input: 'Where is Ada?', assert: [{ type: 'contains', value: 'Ada' }], ...changes })

/** A suite of one case on the simulator, with the named fields changed. */
export const suiteOf = (changes: Partial<z.input<typeof Suite>> = {}): Suite =>
  Suite.parse({ name: 'a suite', providers: ['sim/echo'], tests: [caseOf()], ...changes })

/** The result of one case that passed, with the named fields changed. */
export const resultOf = (changes: Partial<CaseResult> = {}): CaseResult =>
  CaseResult.parse({
    caseKey: 'ada',
    title: 'Where is Ada?',
    model: 'sim/echo',
    repeat: 1,
    status: 'passed',
    score: 1,
    input: 'Where is Ada?',
    response: 'Ada is in London.',
    error: null,
    verdicts: [{ type: 'contains', pass: true, score: 1, reason: 'contains "Ada"', weight: 1 }],
    latencyMs: 120,
    durationMs: 125,
    usage: { ...noUsage, inputTokens: 4, outputTokens: 5 },
    costNanoUsd: 1_000,
    ...changes,
  })

/** What a model answered, as `Complete` gives it, with the named fields changed. */
export const completionOf = (changes: Partial<Completion> = {}): Completion => ({
  providerName: 'fake',
  responseModel: 'fake-model',
  text: 'Ada is in London.',
  reasoningText: '',
  toolCalls: [],
  finishReason: 'stop',
  usage: { ...noUsage, inputTokens: 4, outputTokens: 5 },
  usageEstimated: false,
  costNanoUsd: 1_000,
  latencyMs: 120,
  ttftMs: null,
  ...changes,
})
