import { z } from 'zod'
import { untranslatable } from '../dialect/untranslatable.ts'
import { refusals } from '../google/refusals.ts'
import { packFloats } from './answer.ts'
import type { EmbeddingDialect } from './dialect.ts'
import { inputsOf, type EmbeddingRequest } from './request.ts'

const PROVIDER = 'google'

/** Fields of a request to OpenAI that have a counterpart here, or that are answered by us. */
const own = new Set(['model', 'messages', 'max_tokens', 'embedding', 'dimensions', 'encoding_format'])

const Answer = z.looseObject({
  embeddings: z.array(z.looseObject({ values: z.array(z.number()) })).min(1),
  usageMetadata: z
    .looseObject({ promptTokenCount: z.number().nullish().catch(null) })
    .nullish()
    .catch(null),
})

/** How Gemini's API is asked for embeddings. */
export const googleEmbeddings: EmbeddingDialect = {
  path: (model) => `/v1beta/models/${encodeURIComponent(model.replace(/^models\//, ''))}:batchEmbedContents`,
  encode: (request, model) => ({
    body: { requests: requestsOf(request, `models/${model.replace(/^models\//, '')}`) },
    dropped: Object.keys(request).filter((name) => !own.has(name)),
  }),
  decode: (answer, request) => {
    const parsed = Answer.safeParse(answer)
    if (!parsed.success) return null
    const { embeddings, usageMetadata: usage } = parsed.data
    const isPacked = request['encoding_format'] === 'base64'
    const counted = usage?.promptTokenCount ?? null
    return {
      object: 'list',
      data: embeddings.map(({ values }, index) => ({
        object: 'embedding',
        index,
        embedding: isPacked ? packFloats(values) : values,
      })),
      model: request.model,
      usage: counted === null ? null : { prompt_tokens: counted, total_tokens: counted },
    }
  },
  refusals,
}

const requestsOf = (request: EmbeddingRequest, model: string): object[] => {
  const { tokens, contents } = request.embedding
  if (tokens) throw untranslatable(PROVIDER, 'input', 'its models count in other tokens than the caller')
  const texts = inputsOf(request)
  if (contents)
    return contents.map((one, index) => ({ ...one, model, content: contentOf(one['content'], texts[index]!) }))
  const dimensions = request['dimensions']
  return texts.map((text) => ({
    model,
    content: { parts: [{ text }] },
    ...(typeof dimensions === 'number' ? { outputDimensionality: dimensions } : undefined),
  }))
}

/** The caller's own, unless a guard has changed what it says. */
const contentOf = (content: unknown, text: string): unknown =>
  textOf(content) === text ? content : { parts: [{ text }] }

const Content = z.looseObject({ parts: z.array(z.looseObject({ text: z.string().optional().catch(undefined) })) })

/** What a content says in words. */
export const textOf = (content: unknown): string =>
  Content.safeParse(content)
    .data?.parts.map(({ text }) => text ?? '')
    .join('') ?? ''
