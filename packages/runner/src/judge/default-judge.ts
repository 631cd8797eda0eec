import { isAssayError } from '@assay/core'
import type { LocalModels } from '../local-models.ts'

/** Models that judge when nobody names one: of the first provider whose key is at hand. */
const judges = [
  'openai/gpt-4.1-mini',
  'anthropic/claude-haiku-4-5',
  'google/gemini-2.5-flash',
  'mistral/mistral-small-latest',
  'groq/llama-3.3-70b-versatile',
  'deepseek/deepseek-chat',
  'xai/grok-3-mini',
]

const embeddings = ['openai/text-embedding-3-small', 'google/gemini-embedding-001', 'mistral/mistral-embed']

/** The judge and the model for embeddings that the keys at hand open; null where none does. */
export const defaultJudges = async ({
  resolve,
}: Pick<LocalModels, 'resolve'>): Promise<{ model: string | null; embedding: string | null }> => ({
  model: await firstOf(judges, resolve),
  embedding: await firstOf(embeddings, resolve),
})

const firstOf = async (names: readonly string[], resolve: LocalModels['resolve']): Promise<string | null> => {
  for (const name of names) {
    try {
      await resolve(name)
      return name
    } catch (error) {
      // Its key is not set.
      if (!isAssayError(error)) throw error
    }
  }
  return null
}
