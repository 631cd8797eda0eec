import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { timestamp, type RequestRecord } from '@assay/core'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService, type TestService } from '../__fixtures__/service.ts'
import { createMetrics } from './metrics.ts'

/** What a scrape holds, and what the page says that it holds. */

let service: TestService
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service[Symbol.asyncDispose]())

type Listed = Map<string, readonly string[]>

/** The figures that `docs/observability.md` lists, with their labels. */
const documented = (): Listed => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/observability.md'), 'utf8')
  const rows = page.matchAll(/^\| `(assay_\w+)` \| (\w+) \| ([^|]*) \|/gm)
  return new Map(
    [...rows].map(([, name, , labels]) => [name!, [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label!)]),
  )
}

/** The figures of a scrape, with the labels that its samples have. */
const scraped = (text: string): Listed => {
  const found = new Map<string, Set<string>>()
  for (const [, name] of text.matchAll(/^# TYPE (\w+) /gm)) found.set(name!, new Set())
  for (const [, name, labels] of text.matchAll(/^(\w+)(?:\{(.*)\})? /gm)) {
    const base = found.has(name!) ? name! : name!.replace(/_(?:bucket|sum|count)$/, '')
    for (const [, label] of (labels ?? '').matchAll(/(\w+)="/g)) if (label !== 'le') found.get(base)!.add(label!)
  }
  return new Map([...found].map(([name, labels]) => [name, [...labels]]))
}

test('a scrape has every documented figure and no other, with no other labels', async () => {
  await service.call('POST /v1/chat/completions', {
    body: { model: 'sim/echo', messages: [{ role: 'user', content: 'hello' }] },
  })
  const { body: text } = await service.call<string>('GET /metrics')
  const [page, scrape] = [documented(), scraped(text)]
  expect([...scrape.keys()].toSorted()).toEqual([...page.keys()].toSorted())
  for (const [name, labels] of scrape) expect(page.get(name)).toEqual(expect.arrayContaining([...labels]))
})

test('the documented figures hold all that the service promises', () => {
  const promised = `assay_requests_total assay_request_duration_seconds assay_ttft_seconds assay_tokens_total assay_cost_usd_total
    assay_saving_usd_total assay_provider_attempts_total assay_breaker_state assay_budget_used_ratio assay_cache_hits_total
    assay_spool_bytes assay_dropped_total assay_inflight assay_spool_oldest_seconds assay_jobs assay_db_seconds
    assay_events_streams assay_egress_denied_total assay_shed_total assay_sandbox_kills_total`
  expect([...documented().keys()]).toEqual(expect.arrayContaining(promised.split(/\s+/)))
})

test('what is denied, ended by force and spent of budgets is told', async () => {
  const valueOf = async (sample: string): Promise<number> => {
    const { body: text } = await service.call<string>('GET /metrics')
    return Number(new RegExp(`^${sample.replace(/[{}]/g, '\\$&')} (.*)$`, 'm').exec(text)?.[1] ?? Number.NaN)
  }
  expect(await valueOf('assay_egress_denied_total')).toBe(0)
  await service.call('POST /api/v1/credentials', {
    body: { provider: 'compatible', name: 'inside', baseUrl: 'http://169.254.169.254/v1', secret: 'sk-inside' },
  })
  expect(await valueOf('assay_egress_denied_total')).toBe(1)
  await expect(service.app.sandbox.regex({ pattern: '(a+)+$', text: `${'a'.repeat(40)}!` })).rejects.toThrow('1000 ms')
  expect(await valueOf('assay_sandbox_kills_total')).toBe(1)
})

test('however callers name models, the labels stay few', async () => {
  const metrics = createMetrics()
  const record = (requestModel: string, answered: boolean) =>
    ({
      providerName: answered ? 'openai' : requestModel,
      requestModel,
      responseModel: answered ? requestModel : null,
      status: answered ? 'completed' : 'failed',
      cache: 'off',
      at: timestamp(0),
      latencyMs: null,
      ttftMs: null,
      inputTokens: 0,
      outputTokens: 0,
      cacheReadInputTokens: 0,
      cacheWriteInputTokens: 0,
      reasoningOutputTokens: 0,
      costNanoUsd: null,
      savingNanoUsd: null,
      attempts: [],
    }) as unknown as RequestRecord
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.boolean(), (model, answered) => {
      metrics.closed(record(model, answered))
    }),
    { numRuns: 2_000 },
  )
  metrics.closed(record('gpt-4o-mini', false))
  const samples = (await metrics.text()).split('\n').filter((line) => line.startsWith('assay_requests_total{'))
  const models = new Set(samples.map((line) => /model="((?:[^"\\]|\\.)*)"/.exec(line)![1]))
  expect(models.size).toBeLessThanOrEqual(200 + 2)
  expect(samples.join('\n')).toContain('model="gpt-4o-mini"')
  expect(samples.join('\n')).toContain('provider="other",model="other"')
})
