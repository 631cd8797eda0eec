import { textOf, type ChatRequest } from './chat.ts'

/** About how many tokens a text has: a quarter of its characters, for when nobody counted. */
export const estimateTokens = (text: string): number => tokensOfCharacters(text.length)

/** The same of a number of characters. */
export const tokensOfCharacters = (characters: number): number => Math.ceil(characters / 4)

/** Tokens that each message costs beside its text, and each image whatever its size. */
const TOKENS_PER_MESSAGE = 4
const TOKENS_PER_IMAGE = 1_000

/** About how many tokens a request puts in. */
export const estimateInputTokens = ({ messages, tools }: Pick<ChatRequest, 'messages' | 'tools'>): number => {
  let tokens = 0
  for (const message of messages) {
    tokens += TOKENS_PER_MESSAGE + estimateTokens(textOf(message)) + imagesOf(message.content) * TOKENS_PER_IMAGE
  }
  return tools && tools.length > 0 ? tokens + estimateTokens(JSON.stringify(tools)) : tokens
}

/** How many images a message shows. */
export const imagesOf = (content: ChatRequest['messages'][number]['content']): number =>
  Array.isArray(content) ? content.filter(({ type }) => type === 'image_url').length : 0

/** The most a request lets the model answer; null when it sets no limit. */
export const outputLimitOf = (request: Pick<ChatRequest, 'max_tokens' | 'max_completion_tokens'>): number | null =>
  request.max_completion_tokens ?? request.max_tokens ?? null
