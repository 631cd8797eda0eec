import { randomUUID } from 'node:crypto'
import { AssayError, type ChatRequest, type CredentialOptions, type Secret } from '@assay/core'
import type { RequestLosses } from './dialect/caller.ts'
import { encodeChat } from './dialect/chat-fields.ts'
import type { Dialect } from './dialect/dialect.ts'
import { untranslatable } from './dialect/untranslatable.ts'
import { TranslatedReceiver } from './dialect/translated-receiver.ts'
import type { EmbeddingDialect } from './embeddings/dialect.ts'
import { EmbeddingReceiver } from './embeddings/receiver.ts'
import { embeddingRequestOf } from './embeddings/request.ts'
import type { Egress, HeaderValue } from './egress.ts'
import type { Count, TokenCounter } from './token-counter.ts'
import type { Exchange, Receiver } from './exchange.ts'

/** One request to one provider, in the chat completions dialect. */
export type ChatCall = {
  /** As the provider names it. */
  model: string
  request: ChatRequest
  /** The caller's bytes for a provider that speaks chat completions as the caller does, with its name of the model. */
  body: (model: string) => Uint8Array | string
  /** Left out: the model is asked to answer. */
  operation?: 'embeddings'
  /** The request came in another dialect: it is written anew for a provider that speaks chat completions. */
  isTranslated?: boolean
  /** The caller's own bytes, for the provider that speaks the caller's dialect. */
  native?: { provider: string; path?: string; body: (model: string) => Uint8Array; headers: Record<string, string> }
  /** What a provider of another dialect than the caller's cannot be told. */
  losses?: RequestLosses
  baseUrl: string | null
  secret: Secret | null
  /** What the credential says beside its secret. */
  options?: CredentialOptions
  /** Headers of the caller that travel on. */
  headers?: Record<string, string>
  /** Whose call it is, for providers that count. */
  caller: string
  firstByteTimeoutMs?: number
  idleTimeoutMs?: number
}

/** How one kind of model API is spoken to. Its answer is bytes of the chat completions dialect, JSON or a stream. */
export type Provider = {
  name: string
  /** False: it answers without any credential. */
  needsCredential: boolean
  /** Where it is when nobody says otherwise; null: the credential says. */
  defaultBaseUrl: string | null
  /** Whether a caller's dialect, by the provider it is named after, is spoken there, so that the bytes may pass. */
  speaks(dialect: string, place: Pick<ChatCall, 'baseUrl' | 'options'>): boolean
  /** What its calls carry of a credential, for a call that is made as the caller words it. */
  headers(credential: Pick<ChatCall, 'secret' | 'options'>): Record<string, HeaderValue>
  start(call: ChatCall, egress: Egress, receiver: Receiver): Exchange
  /** Left out: it does not count, and what it would count is estimated. */
  count?: { ask: Count; read: TokenCounter['read'] }
}

type Definition = {
  name: string
  defaultBaseUrl: string | null
  path: string | ((call: ChatCall) => string)
  headers: (secret: Secret) => Record<string, HeaderValue>
  /** Left out: its own dialect only. */
  speaks?: Provider['speaks']
  /** What it calls a model; left out: as everybody does. */
  nameOf?: (call: ChatCall) => string
  /** Left out: it speaks chat completions itself, and the bytes pass untouched. */
  dialect?: Dialect
  /** Left out: it has no embeddings. */
  embeddings?: EmbeddingDialect
  counter?: TokenCounter
}

/** A provider that is reached over HTTP: where, what it wants in the headers, and how it is spoken to. */
export const defineProvider = (definition: Definition): Provider => ({
  name: definition.name,
  needsCredential: true,
  defaultBaseUrl: definition.defaultBaseUrl,
  speaks: definition.speaks ?? ((dialect) => dialect === definition.name),
  headers: (credential) => credentialHeaders(definition, credential),
  start: (call, egress, receiver) => {
    const { dialect, nameOf } = definition
    if (call.operation === 'embeddings') return startEmbeddings(definition, { call, egress, receiver })
    if (call.native) {
      const headers = { ...call.headers, ...call.native.headers }
      const body = call.native.body(nameOf?.(call) ?? call.model)
      return dispatch(definition, { call: { ...call, headers }, body, egress, receiver })
    }
    const lost = lostTo(definition.name, call)
    if (!dialect) return startPlain(definition, { call, egress, receiver, lost })
    const { body, dropped } = dialect.encode(call.request, call.model)
    const head = { id: `chatcmpl-${randomUUID().replaceAll('-', '')}`, created: nowSeconds(), model: call.model }
    const translated = new TranslatedReceiver(receiver, dialect, head)
    // A header of another provider's dialect means nothing here.
    const { 'openai-beta': _, ...headers } = call.headers ?? {}
    const exchange = dispatch(definition, {
      call: { ...call, headers },
      body: JSON.stringify(body),
      egress,
      receiver: translated,
    })
    translated.exchange = exchange
    return Object.assign(exchange, { dropped: [...lost, ...dropped] })
  },
  ...(definition.counter ? { count: countBy(definition, definition.counter) } : undefined),
})

const countBy = (definition: Definition, counter: TokenCounter): NonNullable<Provider['count']> => ({
  read: counter.read,
  ask: ({ model, request, native, baseUrl, secret, options, signal }, egress) =>
    egress.send({
      method: 'POST',
      url: joined(baseUrl ?? definition.defaultBaseUrl ?? '', counter.path(model)),
      headers: {
        'content-type': 'application/json',
        ...native?.headers,
        ...(secret ? definition.headers(secret) : undefined),
        ...(options ? headersOfOptions(options) : undefined),
      },
      body: native ? native.body : JSON.stringify(counter.encode(request, model)),
      signal,
    }),
})

/** Names what a request loses on its way out of the caller's dialect; throws for what must not be lost. */
export const lostTo = (provider: string, { losses }: Pick<ChatCall, 'losses'>): readonly string[] => {
  const [vital] = losses?.only ?? []
  if (vital) throw untranslatable(provider, vital.path, vital.reason)
  return losses?.dropped ?? []
}

/** Refuses what a provider has nothing for. */
export const noEmbeddings = (provider: string, model: string) =>
  new AssayError('gateway.no_embeddings', { provider, model })

const startEmbeddings = (definition: Definition, { call, egress, receiver }: Omit<Start, 'lost'>): Exchange => {
  const { name, embeddings } = definition
  if (!embeddings) throw noEmbeddings(name, call.model)
  const request = embeddingRequestOf(call.request)
  const { body, dropped } = embeddings.encode(request, definition.nameOf?.(call) ?? call.model)
  const exchange = dispatch(
    { ...definition, path: embeddings.path(call.model, call) },
    {
      call,
      body: JSON.stringify(body),
      egress,
      receiver: new EmbeddingReceiver(receiver, embeddings, { request, model: call.model }),
    },
  )
  return Object.assign(exchange, { dropped })
}

type Start = { call: ChatCall; egress: Egress; receiver: Receiver; lost: readonly string[] }

/** A caller that speaks as the provider does has its bytes passed on; what came in another dialect is written anew. */
const startPlain = (definition: Definition, { call, egress, receiver, lost }: Start): Exchange => {
  const name = definition.nameOf?.(call) ?? call.model
  if (!call.isTranslated) return dispatch(definition, { call, body: call.body(name), egress, receiver })
  const { request, baseUrl } = call
  const { body, dropped } = encodeChat(request, { provider: definition.name, model: name, baseUrl })
  const exchange = dispatch(definition, { call, body: JSON.stringify(body), egress, receiver })
  return Object.assign(exchange, { dropped: [...lost, ...dropped] })
}

const nowSeconds = (): number => Math.floor(Date.now() / 1_000)

const dispatch = (
  { defaultBaseUrl, path, headers }: Definition,
  { call, body, egress, receiver }: { call: ChatCall; body: string | Uint8Array; egress: Egress; receiver: Receiver },
): Exchange =>
  egress.dispatch(
    {
      method: 'POST',
      url: joined(
        call.baseUrl ?? defaultBaseUrl ?? '',
        typeof path === 'string' ? (call.native?.path ?? path) : path(call),
      ),
      headers: {
        'content-type': 'application/json',
        ...call.headers,
        ...credentialHeaders({ headers }, call),
      },
      body,
      ...(call.firstByteTimeoutMs === undefined ? undefined : { firstByteTimeoutMs: call.firstByteTimeoutMs }),
      ...(call.idleTimeoutMs === undefined ? undefined : { idleTimeoutMs: call.idleTimeoutMs }),
    },
    receiver,
  )

const credentialHeaders = (
  { headers }: Pick<Definition, 'headers'>,
  { secret, options }: Pick<ChatCall, 'secret' | 'options'>,
): Record<string, HeaderValue> => ({
  ...(options ? headersOfOptions(options) : undefined),
  ...(secret ? headers(secret) : undefined),
})

/** What the options of a credential add to the headers of its calls. */
export const headersOfOptions = ({ organization, project, headers }: CredentialOptions): Record<string, string> => ({
  ...(organization === undefined ? undefined : { 'openai-organization': organization }),
  ...(project === undefined ? undefined : { 'openai-project': project }),
  ...headers,
})

/** The address of a call; a base URL may end with the version that the path begins with. */
export const joined = (baseUrl: string, path: string): string => {
  const version = /^\/v\w+/.exec(path)?.[0]
  return version && baseUrl.endsWith(version) ? baseUrl + path.slice(version.length) : baseUrl + path
}
