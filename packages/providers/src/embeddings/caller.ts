import { z } from 'zod'
import type { CallerDialect } from '../dialect/caller.ts'
import { openaiRefusal } from '../responses/caller.ts'
import { embeddingsIn } from './answer.ts'
import { messagesOf, readEmbeddings } from './request.ts'
import { unstreamed } from './unstreamed.ts'

const token = z.int().min(0)
const Body = z.looseObject({
  model: z.string().min(1).max(256),
  input: z.union([
    z.string(),
    z.array(z.string()).min(1).max(2_048),
    z.array(token).min(1).max(100_000),
    z.array(z.array(token).min(1)).min(1).max(2_048),
  ]),
  dimensions: z.int().min(1).nullish(),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  user: z.string().nullish(),
})

/** Callers of OpenAI's `POST /v1/embeddings`. */
export const embeddingsCaller: CallerDialect = {
  ...unstreamed,
  operationName: 'embeddings',
  decode: (body) => {
    const { input, ...others } = readEmbeddings(Body, body, modelIn(body))
    const { texts, tokens, isSingle } = inputOf(input)
    return {
      ...others,
      // What is answered is no text, so no room is kept for any.
      max_tokens: 1,
      messages: messagesOf(texts),
      embedding: { isSingle, ...(tokens ? { tokens } : undefined) },
    }
  },
  whole: embeddingsIn,
  refusal: openaiRefusal,
}

const modelIn = (body: unknown): string | undefined =>
  typeof body === 'object' && body !== null && 'model' in body && typeof body.model === 'string'
    ? body.model
    : undefined

type Input = z.infer<typeof Body>['input']

const inputOf = (input: Input): { texts: string[]; tokens?: number[][]; isSingle: boolean } => {
  if (typeof input === 'string') return { texts: [input], isSingle: true }
  const isSingle = typeof input[0] === 'number'
  if (typeof input[0] === 'string') return { texts: input as string[], isSingle }
  const tokens = isSingle ? [input as number[]] : (input as number[][])
  return { texts: tokens.map(() => ''), tokens, isSingle }
}
