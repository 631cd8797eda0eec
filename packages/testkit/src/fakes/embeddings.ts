import type { FakeCall } from './reply.ts'

const DIMENSIONS = 64

/** `POST /v1/embeddings`: texts that share words have vectors that are near each other. */
export const embeddingsOf = ({ body, model }: FakeCall): object => {
  const texts = [body['input']].flat().map(String)
  const tokens = texts.reduce((sum, text) => sum + Math.ceil(text.length / 4), 0)
  return {
    object: 'list',
    model,
    data: texts.map((text, index) => ({ object: 'embedding', index, embedding: vectorOf(text) })),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  }
}

/** How often words fall into each of some drawers, at length 1. */
const vectorOf = (text: string): number[] => {
  const vector = Array.from({ length: DIMENSIONS }, () => 0)
  for (const word of text.toLowerCase().match(/\p{L}+|\p{N}+/gu) ?? []) vector[drawerOf(word)]! += 1
  const length = Math.hypot(...vector) || 1
  return vector.map((value) => value / length)
}

const drawerOf = (word: string): number => {
  let mixed = 7
  for (const character of word) mixed = (mixed * 31 + character.codePointAt(0)!) >>> 0
  return mixed % DIMENSIONS
}
