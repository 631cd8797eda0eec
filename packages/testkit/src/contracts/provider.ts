import type { ChatRequest, Complete, Completion } from '@assay/core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startFakeProvider, type FakeProvider } from '../fakes/provider.ts'

/** A way to ask a model that is held to what every provider does. */
export type ProviderUnderTest = {
  /** The model that is asked for. */
  model: string
  /** Opens the way to a fake provider; whoever asks for it closes it. */
  open: (fake: FakeProvider) => { complete: Complete; close: () => Promise<void> }
  /** The key that is sent, which no error may show. */
  key?: string
}

const PATIENCE_MS = 10_000

/** What every provider does, whatever it speaks. Run it in a test file of Vitest. */
export const describeProvider = (name: string, { model, open, key }: ProviderUnderTest): void => {
  describe(`the provider ${name}`, () => {
    let fake: FakeProvider
    let opened: ReturnType<typeof open>
    beforeAll(async () => {
      fake = await startFakeProvider()
      opened = open(fake)
    })
    beforeEach(() => fake.reset())
    afterAll(async () => {
      await opened.close()
      await fake.close()
    })

    const ask = (more: Partial<ChatRequest> = {}, signal = AbortSignal.timeout(PATIENCE_MS)): Promise<Completion> =>
      opened.complete({ model, messages: [{ role: 'user', content: 'Where is Ada?' }], ...more }, { signal })
    const refusal = async (more: Partial<ChatRequest> = {}): Promise<Error & { details?: Record<string, unknown> }> => {
      const outcome = await ask(more).catch((error: unknown) => error)
      if (outcome instanceof Error) return outcome
      throw new Error(`it answered, though it could not: ${JSON.stringify(outcome)}`)
    }
    const usage = { inputTokens: 100, outputTokens: 20, cacheReadInputTokens: 40 }
    const ways = [
      ['whole', {}],
      ['streamed', { stream: true }],
    ] as const

    test.each(ways)('an answer, %s', async (_, way) => {
      fake.script({ text: 'In London, since 1815.', usage })
      expect(await ask(way)).toMatchObject({
        text: 'In London, since 1815.',
        finishReason: 'stop',
        toolCalls: [],
        usage,
        usageEstimated: false,
      })
      expect(fake.calls).toMatchObject([{ input: 'Where is Ada?', isStream: 'stream' in way, status: 200 }])
    })

    test.each(ways)('calls of tools, %s', async (_, way) => {
      fake.script({ toolCalls: [{ name: 'find', args: { who: 'Ada' }, id: 'call_7' }] })
      const tool = { type: 'function', function: { name: 'find', parameters: { type: 'object', properties: {} } } }
      const { toolCalls, finishReason } = await ask({ ...way, tools: [tool] })
      expect(toolCalls.map((call) => [call.name, JSON.parse(call.arguments)])).toEqual([['find', { who: 'Ada' }]])
      expect(finishReason).toBe('tool_calls')
    })

    test.each(['length', 'content_filter'] as const)('it ends for the reason %s', async (finishReason) => {
      fake.script({ text: 'In Lon', finishReason })
      expect(await ask()).toMatchObject({ finishReason })
    })

    test('a conversation with a system message arrives as what was said last', async () => {
      await ask({
        messages: [
          { role: 'system', content: 'Be short.' },
          { role: 'user', content: 'one' },
          { role: 'assistant', content: 'two' },
          { role: 'user', content: 'three' },
        ],
      })
      expect(fake.calls).toMatchObject([{ input: 'three' }])
    })

    test('an overload tells its status and how long to wait, and is not asked again behind the back', async () => {
      fake.always({ status: 429, retryAfterSeconds: 2, error: 'slow down' })
      expect((await refusal()).details).toMatchObject({ providerStatus: 429, retryAfterMs: 2_000 })
      expect(fake.counters).toMatchObject({ requests: 1, byStatus: { 429: 1 } })
    })

    test.each([401, 500, 503])(
      'a refusal with %d is an error with that status, and never shows the key',
      async (status) => {
        fake.script({ status, error: `no, not with ${key ?? 'that'}` })
        const error = await refusal()
        expect(error.details).toMatchObject({ providerStatus: status })
        if (key !== undefined) expect(JSON.stringify([error.message, error.details])).not.toContain(key)
      },
    )

    test('a line that breaks, before a byte or within a stream, is an error and no half answer', async () => {
      fake.script({ breakAfterEvents: 0 })
      expect(await refusal()).toBeInstanceOf(Error)
      fake.script({ text: 'one two three four', breakAfterEvents: 2 })
      expect(await refusal({ stream: true })).toBeInstanceOf(Error)
    })

    test('what is no answer of that API is an error', async () => {
      fake.script({ body: '<html>gateway</html>', headers: { 'content-type': 'text/html' } }, { body: '{}' })
      expect(await refusal()).toBeInstanceOf(Error)
      expect(await refusal()).toBeInstanceOf(Error)
    })

    test('a slow stream arrives whole', async () => {
      fake.script({ text: 'one two three', eventDelayMs: 5, latencyMs: 20 })
      expect(await ask({ stream: true })).toMatchObject({ text: 'one two three' })
    })

    test('its signal ends a stream that has stalled, on both sides', async () => {
      fake.script({ text: 'one two three', stallAfterEvents: 2 })
      const controller = new AbortController()
      const asked = ask({ stream: true }, controller.signal)
      await expect.poll(() => fake.counters.inFlight).toBe(1)
      controller.abort()
      await expect(asked).rejects.toBeInstanceOf(Error)
      await expect.poll(() => fake.counters.inFlight).toBe(0)
      expect(fake.calls).toMatchObject([{ isClosedEarly: true }])
    })
  })
}
