import { Secret } from '@assay/core'
import { expect, test } from 'vitest'
import type { Egress, EgressCall } from '../egress.ts'
import type { ChatCall } from '../provider.ts'
import { azure, azurePath } from './azure.ts'

const resource = 'https://res.openai.azure.com'
const options = { apiVersion: '2025-04-01-preview', deployments: { 'gpt-4o-mini': 'my mini' } }

test.each([
  [resource, undefined, '/chat/completions', '/openai/deployments/gpt-4o-mini/chat/completions?api-version=2024-10-21'],
  [`${resource}/openai`, undefined, '/embeddings', '/deployments/gpt-4o-mini/embeddings?api-version=2024-10-21'],
  [
    `${resource}/openai/deployments/pasted`,
    { apiVersion: '2024-06-01' },
    '/chat/completions',
    '/chat/completions?api-version=2024-06-01',
  ],
  [
    resource,
    options,
    '/chat/completions',
    '/openai/deployments/my%20mini/chat/completions?api-version=2025-04-01-preview',
  ],
  [resource, options, '/responses', '/openai/responses?api-version=2025-04-01-preview'],
  [`${resource}/openai/v1`, options, '/chat/completions', '/chat/completions'],
  [`${resource}/openai/v1`, undefined, '/responses', '/responses'],
])('%s with %j: %s is at %s', (baseUrl, given, operation, path) => {
  const place = { model: 'gpt-4o-mini', baseUrl, ...(given ? { options: given } : undefined) }
  expect(azurePath(place, operation)).toBe(path)
})

test('the Responses API is spoken where the version has it, and only that of OpenAI', () => {
  const speaks = (baseUrl: string, apiVersion?: string) =>
    azure.speaks('openai', { baseUrl, options: apiVersion === undefined ? {} : { apiVersion } })
  expect(speaks(`${resource}/openai/v1`)).toBe(true)
  expect(speaks(resource, '2025-04-01-preview')).toBe(true)
  expect(speaks(resource, '2024-10-21')).toBe(false)
  expect(speaks(resource)).toBe(false)
  expect(azure.speaks('anthropic', { baseUrl: `${resource}/openai/v1` })).toBe(false)
})

const sent = (call: Partial<ChatCall>): EgressCall => {
  const calls: EgressCall[] = []
  const egress = {
    dispatch: (made: EgressCall) => {
      calls.push(made)
      return { abort: () => {}, pause: () => {}, resume: () => {}, mask: (text: string) => text }
    },
  } as unknown as Egress
  const receiver = { onHead: () => {}, onData: () => {}, onEnd: () => {}, onFailure: () => {} }
  const messages = [{ role: 'user' as const, content: 'Hello' }]
  azure.start(
    {
      model: 'gpt-4o-mini',
      request: { model: 'azure/gpt-4o-mini', messages, max_tokens: 5 },
      body: (model) => JSON.stringify({ model, messages }),
      baseUrl: `${resource}/openai/v1`,
      secret: new Secret('azure-key'),
      options,
      caller: 'test',
      ...call,
    },
    egress,
    receiver,
  )
  return calls[0]!
}

test('the body names the deployment, whoever wrote it, and the key stands in its own header', () => {
  const plain = sent({})
  expect(plain.url).toBe(`${resource}/openai/v1/chat/completions`)
  expect(JSON.parse(plain.body as string)).toMatchObject({ model: 'my mini' })
  expect(plain.headers).toMatchObject({ 'api-key': expect.any(Secret) as unknown })
  expect(plain.headers).not.toHaveProperty('authorization')
  const translated = sent({ isTranslated: true })
  expect(JSON.parse(translated.body as string)).toMatchObject({ model: 'my mini', max_completion_tokens: 5 })
  const native = sent({
    native: {
      provider: 'openai',
      path: '/responses',
      body: (model) => Buffer.from(JSON.stringify({ model })),
      headers: {},
    },
  })
  expect(native.url).toBe(`${resource}/openai/v1/responses`)
  expect(Buffer.from(native.body as Uint8Array).toString()).toBe('{"model":"my mini"}')
})
