import { z } from 'zod'
import type { CallerDialect } from '../dialect/caller.ts'
import { contentsRefusal } from '../google/caller.ts'
import { camelKeys } from '../google/contents.ts'
import { embeddingsIn, floatsOf, type EmbeddingList } from './answer.ts'
import { textOf } from './google.ts'
import { messagesOf, readEmbeddings } from './request.ts'
import { unstreamed } from './unstreamed.ts'

const Content = z.preprocess(
  (value) => (typeof value === 'string' ? { parts: [{ text: value }] } : value),
  z.looseObject({ parts: z.array(z.looseObject({})).min(1) }),
)
const One = z.preprocess(camelKeys, z.looseObject({ content: Content, outputDimensionality: z.int().min(1).nullish() }))
const Many = z.looseObject({ requests: z.array(One).min(1).max(2_048) })

/** Callers of Gemini's `embedContent` and `batchEmbedContents`, whose path says the model. */
export const embedContentsCaller = ({ model, isBatch }: { model: string; isBatch: boolean }): CallerDialect => ({
  ...unstreamed,
  operationName: 'embeddings',
  decode: (body) => {
    const contents = isBatch ? readEmbeddings(Many, body, model).requests : [readEmbeddings(One, body, model)]
    return {
      model,
      max_tokens: 1,
      messages: messagesOf(contents.map(({ content }) => textOf(content))),
      embedding: { isSingle: false, contents },
    }
  },
  whole: (completion) => answerOf(embeddingsIn(completion), isBatch),
  refusal: contentsRefusal,
})

const answerOf = ({ data, usage }: EmbeddingList, isBatch: boolean): object => {
  const embeddings = data.map(({ embedding }) => ({ values: floatsOf(embedding) }))
  const counted = usage?.prompt_tokens ?? null
  return {
    ...(isBatch ? { embeddings } : { embedding: embeddings[0] }),
    ...(counted === null ? undefined : { usageMetadata: { promptTokenCount: counted, totalTokenCount: counted } }),
  }
}
