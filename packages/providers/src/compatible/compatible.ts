import { openaiEmbeddings } from '../embeddings/openai.ts'
import { defineProvider } from '../provider.ts'

const chat = {
  path: '/chat/completions',
  headers: (secret: Parameters<Parameters<typeof defineProvider>[0]['headers']>[0]) => ({
    authorization: { scheme: 'Bearer', secret },
  }),
}

/** Any server that speaks OpenAI's chat completions: vLLM, Ollama, LiteLLM, Groq … at the credential's base URL. */
export const compatible = defineProvider({
  name: 'compatible',
  defaultBaseUrl: null,
  ...chat,
  embeddings: openaiEmbeddings('compatible'),
})

/** OpenAI itself. */
export const openai = defineProvider({
  name: 'openai',
  defaultBaseUrl: 'https://api.openai.com/v1',
  ...chat,
  embeddings: openaiEmbeddings('openai'),
})
