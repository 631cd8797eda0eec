import type { Dialect } from '../dialect/dialect.ts'
import { googleEmbeddings } from '../embeddings/google.ts'
import { defineProvider } from '../provider.ts'
import { CandidateReader } from './candidate-reader.ts'
import { z } from 'zod'
import { encodeContents } from './encode.ts'
import { refusals } from './refusals.ts'

/** How Gemini's `generateContent` says what we say in chat completions. */
export const googleDialect: Dialect = { encode: encodeContents, read: (sink) => new CandidateReader(sink), refusals }

/** Google's Gemini API. */
export const google = defineProvider({
  name: 'google',
  defaultBaseUrl: 'https://generativelanguage.googleapis.com',
  path: ({ model, request }) => {
    const name = encodeURIComponent(model.replace(/^models\//, ''))
    return request.stream
      ? `/v1beta/models/${name}:streamGenerateContent?alt=sse`
      : `/v1beta/models/${name}:generateContent`
  },
  headers: (secret) => ({ 'x-goog-api-key': secret }),
  dialect: googleDialect,
  embeddings: googleEmbeddings,
  counter: {
    path: (model) => `/v1beta/models/${encodeURIComponent(model.replace(/^models\//, ''))}:countTokens`,
    encode: (request, model) => ({
      generateContentRequest: { model: `models/${model}`, ...encodeContents(request, model).body },
    }),
    read: (answer) => GoogleCount.safeParse(answer).data?.totalTokens ?? null,
  },
})

const GoogleCount = z.looseObject({ totalTokens: z.number() })
