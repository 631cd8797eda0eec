import { z } from 'zod'

const tokens = z.number().nullish().catch(null)

/** An answer with embeddings, as OpenAI writes it. */
export const EmbeddingList = z.looseObject({
  data: z.array(z.looseObject({ embedding: z.union([z.array(z.number()), z.string()]) })).min(1),
  model: z.string().nullish().catch(null),
  usage: z.looseObject({ prompt_tokens: tokens, total_tokens: tokens }).nullish().catch(null),
})
export type EmbeddingList = z.infer<typeof EmbeddingList>

/** Embeddings in the form of a chat completion, which is what the gateway counts, books and keeps. */
export const completionOf = (list: EmbeddingList, model: string): object => {
  const counted = list.usage?.prompt_tokens ?? list.usage?.total_tokens ?? null
  return {
    object: 'chat.completion',
    model: list.model ?? model,
    choices: [{ index: 0, message: { role: 'assistant', content: '' }, finish_reason: 'stop' }],
    ...(counted === null
      ? undefined
      : { usage: { prompt_tokens: counted, completion_tokens: 0, total_tokens: counted } }),
    embeddings: list,
  }
}

/** The embeddings in such a completion. */
export const embeddingsIn = (completion: unknown): EmbeddingList =>
  z.looseObject({ embeddings: EmbeddingList }).parse(completion).embeddings

/** The numbers of each text in such a completion, in their order; null where it is none. */
export const vectorsIn = (completion: unknown): number[][] | null => {
  const parsed = z.looseObject({ embeddings: EmbeddingList }).safeParse(completion)
  return parsed.success ? parsed.data.embeddings.data.map(({ embedding }) => [...floatsOf(embedding)]) : null
}

/** Numbers as OpenAI's clients unpack them: 32-bit floats, the low byte first, in base64. */
export const packFloats = (values: readonly number[]): string => {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [place, value] of values.entries()) bytes.writeFloatLE(value, place * 4)
  return bytes.toString('base64')
}

/** The numbers of an embedding in either form. */
export const floatsOf = (embedding: readonly number[] | string): readonly number[] => {
  if (typeof embedding !== 'string') return embedding
  const bytes = Buffer.from(embedding, 'base64')
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, place) => bytes.readFloatLE(place * 4))
}
