import { z } from 'zod'
import { AssayError } from '../errors.ts'
import { defineAssertion, verdictOf } from './define.ts'

/** The answer came within the given milliseconds. */
export const latency = defineAssertion({
  type: 'latency',
  options: { threshold: z.number() },
  names: {
    latency: ({ threshold }, refuse) =>
      threshold === undefined ? refuse('must have a threshold in milliseconds') : { threshold },
  },
  check({ latencyMs }, { threshold }, { type }) {
    if (latencyMs === undefined) {
      throw new AssayError('assertion.missing_context', {
        type,
        needs: 'the latency of the answer: it does not support cached results',
      })
    }
    return verdictOf(latencyMs <= threshold, `took ${latencyMs} ms, at most ${threshold} ms wanted`, {
      expected: `at most ${threshold} ms`,
      actual: `${latencyMs} ms`,
    })
  },
})

/** The answer cost at most the given US dollars. */
export const cost = defineAssertion({
  type: 'cost',
  options: { threshold: z.number() },
  names: {
    cost: ({ threshold }, refuse) =>
      threshold === undefined ? refuse('must have a threshold in US dollars') : { threshold },
  },
  check({ costUsd }, { threshold }, { type }) {
    if (costUsd === undefined) {
      throw new AssayError('assertion.missing_context', {
        type,
        needs: 'the cost of the answer: it does not support providers that do not return cost',
      })
    }
    return verdictOf(costUsd <= threshold, `cost $${costUsd}, at most $${threshold} wanted`, {
      expected: `at most $${threshold}`,
      actual: `$${costUsd}`,
    })
  },
})

/** The model stopped for the given reason, whatever the case of its letters. */
export const finishReason = defineAssertion({
  type: 'finish-reason',
  options: { wanted: z.string() },
  names: {
    'finish-reason': ({ value }, refuse) =>
      typeof value === 'string' ? { wanted: value } : refuse('must have a string value'),
  },
  check({ finishReason }, { wanted }) {
    if (!finishReason) return verdictOf(false, 'Provider did not supply stop/finish reason')
    const pass = finishReason.toLowerCase() === wanted.toLowerCase()
    return verdictOf(
      pass,
      pass ? `finished with ${finishReason}` : `Expected finish reason "${wanted}" but got "${finishReason}"`,
      {
        expected: wanted,
        actual: finishReason,
      },
    )
  },
})
