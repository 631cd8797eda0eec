import type { ChatRequest } from '../gateway/chat.ts'
import { sha256 } from '../monitor/sha256.ts'
import { canonicalJson, decisiveOf } from './normalise.ts'

/** Whose answer it is and where it comes from: what is never shared, however alike two requests are. */
export type CachePlace = {
  workspaceId: string
  provider: string
  /** Of the provider; empty for its usual one. */
  baseUrl: string
  /** Whose credential calls: the workspace's own, or the system's. */
  credentialOwner: 'own' | 'system'
  /** What the credential says beside the key: an organisation, which deployment stands for a model. */
  credentialOptions: Record<string, unknown>
  model: string
  packageVersion: string | null
  /** The HMAC of `x-assay-user`, where answers are kept per user. */
  userHash: string | null
}

/** The text whose SHA-256 is the cache key: canonical JSON of everything that decides the answer. */
export const cacheText = (place: CachePlace, request: ChatRequest): string =>
  `${canonicalJson(place)}\n${canonicalJson(decisiveOf(request))}`

/** The cache key of a request at a place; a platform may bring its own, faster SHA-256 in hex. */
export const cacheKeyOf = (place: CachePlace, request: ChatRequest, hash: (text: string) => string = sha256): string =>
  hash(cacheText(place, request))

/** The SHA-256 of what was asked, whoever asked it and wherever: finds one prompt across models. */
export const promptHashOf = (request: ChatRequest, hash: (text: string) => string = sha256): string =>
  hash(promptNormalizedOf(request))

/** What was asked, as one text. */
export const promptNormalizedOf = (request: ChatRequest): string =>
  canonicalJson(decisiveOf({ model: request.model, messages: request.messages })['messages'])
