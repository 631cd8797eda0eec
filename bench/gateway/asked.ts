import { requestBytes } from './client.ts'
import type { Party } from './party.ts'

/** Requests as the parties are asked them: one prompt of a thousand characters in the words of three APIs. */

const system = 'You are a helpful assistant. '.repeat(10)
const question = 'Explain how a suspension bridge carries its load. '.repeat(10)

type Kind = 'json' | 'stream' | 'paced' | 'cached' | 'messages' | 'messages stream'

/** The bytes of a request; `portkeyFor` is the upstream that Portkey is told of in its headers. */
export const bytesFor = (party: Party, kind: Kind, { portkeyFor }: { portkeyFor?: string | undefined } = {}): Buffer =>
  requestBytes({
    url: party.url + (isMessages(kind) ? '/v1/messages' : '/v1/chat/completions'),
    headers: {
      ...(portkeyFor === undefined ? { authorization: `Bearer ${party.key}` } : headersOfPortkey(portkeyFor)),
      ...(kind === 'cached' ? { 'x-assay-cache': 'on' } : undefined),
    },
    body: JSON.stringify(bodyOf(kind, portkeyFor === undefined ? 'openai/gpt-4o-mini' : 'gpt-4o-mini')),
  })

/** Requests of a key with all limits, no two of them the same, that use what there is: cache, tags, user, conversation. */
export const fullRequests = (party: Party, key: string): (() => Buffer) => {
  let count = 0
  return () => {
    const number = String(++count)
    const user = { role: 'user', content: `${number}. ${question}` }
    return requestBytes({
      url: `${party.url}/v1/chat/completions`,
      headers: {
        authorization: `Bearer ${key}`,
        'x-assay-cache': 'on',
        'x-assay-tags': 'team=bench,feature=summary',
        'x-assay-conversation': `conversation-${Number(number) % 100}`,
        'x-assay-user': `user-${Number(number) % 100}`,
      },
      body: JSON.stringify({
        ...bodyOf('json', 'openai/gpt-4o-mini'),
        messages: [{ role: 'system', content: system }, user],
      }),
    })
  }
}

const isMessages = (kind: Kind): boolean => kind.startsWith('messages')

const bodyOf = (kind: Kind, model: string): object => {
  const isStream = /stream|paced/.test(kind)
  const stream = isStream ? { stream: true } : undefined
  if (isMessages(kind)) {
    return { model, max_tokens: 1_024, system, messages: [{ role: 'user', content: question }], ...stream }
  }
  const messages = [
    { role: 'system', content: system },
    { role: 'user', content: question },
  ]
  return { model, messages, ...stream, ...(kind === 'paced' ? { user: 'paced' } : undefined) }
}

const headersOfPortkey = (upstreamUrl: string): Record<string, string> => ({
  authorization: 'Bearer sk-bench',
  'x-portkey-provider': 'openai',
  'x-portkey-custom-host': `${upstreamUrl}/v1`,
})
