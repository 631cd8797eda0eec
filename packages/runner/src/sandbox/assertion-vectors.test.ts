import { existsSync, readFileSync } from 'node:fs'
import { answerOf, checkAssertion, isAssayError, silentLog, type AssertionInput, type Finding } from '@assay/core'
import { afterAll, describe, expect, test } from 'vitest'
import { createSandboxPool } from './pool.ts'

type Vector = {
  id: string
  type: string
  value?: unknown
  threshold?: number
  output: unknown
  latencyMs?: number
  cost?: number
  finishReason?: string
  pass: boolean | null
  score?: number
  error?: string
}

const path = '../shared/data/assertions/examples.json'
const vectors: Vector[] = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).vectors : []
const sandbox = createSandboxPool({ log: silentLog })
afterAll(() => sandbox.close())

describe.skipIf(vectors.length === 0)(`the verdicts recorded in ${path} (NOT compared when it is absent)`, () => {
  test.each(vectors)('$id: $type', async (vector) => {
    const outcome = await verdictOf(vector)
    if (vector.pass === null) {
      expect(isAssayError(outcome) && outcome.message).toContain(vector.error)
      return
    }
    expect(outcome).toMatchObject({ pass: vector.pass, ...(vector.score !== undefined && { score: vector.score }) })
  })
})

const verdictOf = async (vector: Vector): Promise<Finding | Error> => {
  const { type, value, threshold, output, latencyMs, cost: costUsd, finishReason } = vector
  const spec = JSON.parse(JSON.stringify({ type, value, threshold })) as AssertionInput
  const context = JSON.parse(JSON.stringify({ latencyMs, costUsd, finishReason })) as object
  return checkAssertion(spec, answerOf(output, context), { sandbox, dialect: 'promptfoo' }).catch(
    (error: unknown) => error as Error,
  )
}
