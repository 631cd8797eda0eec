import { untranslatable } from '../dialect/untranslatable.ts'
import { EmbeddingList } from './answer.ts'
import type { EmbeddingDialect } from './dialect.ts'
import { inputsOf, type EmbeddingRequest } from './request.ts'

/** How OpenAI, and every server that speaks as it does, is asked for embeddings. */
export const openaiEmbeddings = (provider: string): EmbeddingDialect => ({
  path: () => '/embeddings',
  encode: (request, model) => {
    const { messages: _, max_tokens: __, embedding, ...others } = request
    const dropped = new Set<string>()
    const asked = embedding.contents ? settingsOf(embedding.contents, { provider, dropped }) : others
    return { body: { ...asked, model, input: inputOf(request) }, dropped: [...dropped] }
  },
  decode: (answer) => EmbeddingList.safeParse(answer).data ?? null,
})

const inputOf = (request: EmbeddingRequest): unknown => {
  const { isSingle, tokens } = request.embedding
  const inputs = tokens ?? inputsOf(request)
  return isSingle ? inputs[0] : inputs
}

type Json = Record<string, unknown>
const told = new Set(['model', 'content', 'outputDimensionality'])

/** What requests in Gemini's dialect ask for; there each text may ask for something else. */
const settingsOf = (
  contents: readonly Json[],
  { provider, dropped }: { provider: string; dropped: Set<string> },
): object => {
  for (const [index, { content, ...others }] of contents.entries()) {
    const parts = typeof content === 'object' && content !== null && 'parts' in content ? content.parts : []
    const isText = Array.isArray(parts) && parts.every((part: unknown) => isObject(part) && 'text' in part)
    if (!isText) throw untranslatable(provider, `requests[${index}].content`, 'only text has a counterpart')
    for (const name of Object.keys(others)) if (!told.has(name)) dropped.add(name)
  }
  const sizes = new Set(contents.map(({ outputDimensionality: size }) => size))
  if (sizes.size > 1)
    throw untranslatable(provider, 'requests', 'all of them must ask for the same outputDimensionality')
  const [dimensions] = sizes
  return { encoding_format: 'float', ...(dimensions === undefined ? undefined : { dimensions }) }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
