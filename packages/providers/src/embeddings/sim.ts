import { estimateTokens } from '@assay/core'
import { packFloats, type EmbeddingList } from './answer.ts'
import { inputsOf, type EmbeddingRequest } from './request.ts'

/** How many numbers each simulated model gives when nobody asks for fewer. */
const sizes: Record<string, number> = { embed: 256, 'embed-large': 1_024 }

/** True for a simulated model that is for embeddings and nothing else. */
export const isForEmbeddings = (model: string): boolean => Object.hasOwn(sizes, model)

/**
 * Embeddings without a model: each word, and each piece of three letters, counts at a place that its hash gives. The
 * same text has the same vector, and texts that share words have similar ones.
 */
export const simulateEmbeddings = (model: string, request: EmbeddingRequest): EmbeddingList => {
  const most = sizes[model] ?? 256
  const { tokens } = request.embedding
  const wanted = request['dimensions'] ?? request.embedding.contents?.[0]?.['outputDimensionality']
  const size = typeof wanted === 'number' ? Math.min(wanted, most) : most
  const texts = tokens ? tokens.map((list) => list.join(' ')) : inputsOf(request)
  const counted = texts.reduce((sum, text) => sum + estimateTokens(text), 0)
  return {
    object: 'list',
    data: texts.map((text, index) => {
      const values = vectorOf(text, size)
      return {
        object: 'embedding',
        index,
        embedding: request['encoding_format'] === 'base64' ? packFloats(values) : values,
      }
    }),
    model,
    usage: { prompt_tokens: counted, total_tokens: counted },
  }
}

const vectorOf = (text: string, size: number): number[] => {
  const vector = Array.from({ length: size }, () => 0)
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)) {
    count(vector, word, 2)
    for (let at = 0; at + 3 <= word.length; at++) count(vector, word.slice(at, at + 3), 1)
  }
  // A text without words still has a direction.
  if (vector.every((value) => value === 0)) count(vector, text, 1)
  const length = Math.hypot(...vector)
  return vector.map((value) => Math.fround(value / length))
}

const count = (vector: number[], piece: string, weight: number): void => {
  let hash = 0x811c9dc5
  for (let at = 0; at < piece.length; at++) hash = Math.imul(hash ^ piece.charCodeAt(at), 0x01000193)
  const place = (hash >>> 1) % vector.length
  vector[place] = vector[place]! + (hash & 1 ? weight : -weight)
}
