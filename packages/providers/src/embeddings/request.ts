import { AssayError, issuesOf, type ChatRequest } from '@assay/core'
import { z } from 'zod'

/** What a request for embeddings asks beside its texts, which stand as its messages, one each. */
const Embedding = z.looseObject({
  /** The input was one text, not a list. */
  isSingle: z.boolean(),
  /** The input in tokens, which only its model's provider can read. */
  tokens: z.array(z.array(z.int())).optional(),
  /** The input as it came from callers of Gemini's dialect. */
  contents: z.array(z.record(z.string(), z.unknown())).optional(),
})

/**
 * A request for embeddings among our chat requests, so that keys, budgets, guards and the log know it as one more call
 * of a model.
 */
export type EmbeddingRequest = ChatRequest & { embedding: z.infer<typeof Embedding> }

/** Asks for the embedding of one text. */
export const embeddingOf = (model: string, text: string): ChatRequest => ({
  model,
  // What is answered is no text, so no room is kept for any.
  max_tokens: 1,
  messages: messagesOf([text]),
  embedding: { isSingle: true },
})

/** The same of a request that a guard may have changed. */
export const embeddingRequestOf = (request: ChatRequest): EmbeddingRequest => ({
  ...request,
  embedding: Embedding.parse(request['embedding']),
})

/** The texts of a request; empty where the input is not text. */
export const inputsOf = ({ messages }: Pick<ChatRequest, 'messages'>): string[] =>
  messages.map(({ content }) => (typeof content === 'string' ? content : ''))

/** Puts texts where a chat request has messages. */
export const messagesOf = (texts: readonly string[]): ChatRequest['messages'] =>
  texts.map((content) => ({ role: 'user', content }))

/** Reads a body by its schema; throws `input.invalid`, also for a model that is not named. */
export const readEmbeddings = <Schema extends z.ZodType>(schema: Schema, body: unknown, model?: string) => {
  const parsed = schema.safeParse(body)
  const issues = parsed.success ? [] : issuesOf(parsed.error).slice(0, 10)
  if (model === 'auto') issues.push({ path: 'model', message: 'embeddings need a model of its own name, not auto' })
  if (issues.length > 0 || !parsed.success) throw new AssayError('input.invalid', { what: 'request body', issues })
  return parsed.data
}
