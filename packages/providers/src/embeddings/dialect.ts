import type { ChatCall } from '../provider.ts'
import type { Encoded } from '../dialect/dialect.ts'
import type { RefusalTypes } from '../dialect/refusal-types.ts'
import type { EmbeddingList } from './answer.ts'
import type { EmbeddingRequest } from './request.ts'

/** How a provider is asked for embeddings. */
export type EmbeddingDialect = {
  path: (model: string, place: Pick<ChatCall, 'baseUrl' | 'options'>) => string
  /** Throws `gateway.untranslatable` for an input that it cannot be told. */
  encode(request: EmbeddingRequest, model: string): Encoded
  /** Null: the answer is none. */
  decode(answer: unknown, request: EmbeddingRequest): EmbeddingList | null
  /** Left out: it words refusals as OpenAI does. */
  refusals?: RefusalTypes
}
