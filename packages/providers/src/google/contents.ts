import { AssayError, issuesOf } from '@assay/core'
import { z } from 'zod'

/** Google's servers read both `systemInstruction` and `system_instruction`; what is written by hand often has the latter. */
export const camelKeys = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value).map(([name, member]) => [
          name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
          member,
        ]),
      )
    : value

const message = <Shape extends z.ZodRawShape>(shape: Shape) => z.preprocess(camelKeys, z.looseObject(shape))
const text = z.string().nullish()
const free = z.record(z.string(), z.unknown()).nullish()

const Blob = message({ mimeType: z.string(), data: z.string() })
const FileData = message({ mimeType: text, fileUri: z.string() })

/** One piece of a turn. What it is, is told by the member that it has. */
export const Part = message({
  text,
  thought: z.boolean().nullish(),
  thoughtSignature: text,
  inlineData: Blob.nullish(),
  fileData: FileData.nullish(),
  functionCall: message({ id: text, name: z.string(), args: free }).nullish(),
  functionResponse: message({
    id: text,
    name: z.string(),
    response: z.unknown().optional(),
    parts: z.array(message({ inlineData: Blob.nullish() })).nullish(),
  }).nullish(),
})
export type Part = z.infer<typeof Part>

const Content = message({ role: text, parts: z.array(Part).nullish() })
/** One turn of a conversation. */
export type Content = z.infer<typeof Content>

const lone = (value: unknown): unknown => (typeof value === 'string' ? { parts: [{ text: value }] } : value)

const FunctionDeclaration = message({
  name: z.string(),
  description: text,
  parameters: free,
  parametersJsonSchema: free,
})
export type FunctionDeclaration = z.infer<typeof FunctionDeclaration>

const GenerationConfig = message({
  maxOutputTokens: z.int().min(1).nullish(),
  temperature: z.number().nullish(),
  topP: z.number().nullish(),
  topK: z.number().nullish(),
  stopSequences: z.array(z.string()).nullish(),
  seed: z.int().nullish(),
  candidateCount: z.int().min(1).nullish(),
  presencePenalty: z.number().nullish(),
  frequencyPenalty: z.number().nullish(),
  responseMimeType: text,
  responseSchema: free,
  responseJsonSchema: free,
  responseModalities: z.array(z.string()).nullish(),
  thinkingConfig: message({
    thinkingBudget: z.number().nullish(),
    thinkingLevel: text,
    includeThoughts: z.boolean().nullish(),
  }).nullish(),
})
export type GenerationConfig = z.infer<typeof GenerationConfig>

const GenerateRequest = message({
  contents: z.preprocess(
    (value) => (value === undefined || Array.isArray(value) ? value : [value]),
    z.array(z.preprocess(lone, Content)).min(1).max(10_000),
  ),
  systemInstruction: z.preprocess(lone, Content.nullish()),
  tools: z
    .array(message({ functionDeclarations: z.array(FunctionDeclaration).max(512).nullish() }))
    .max(512)
    .nullish(),
  toolConfig: message({
    functionCallingConfig: message({
      mode: text,
      allowedFunctionNames: z.array(z.string()).nullish(),
    }).nullish(),
  }).nullish(),
  generationConfig: GenerationConfig.nullish(),
  cachedContent: text,
})
/** The body of `generateContent`. */
export type GenerateRequest = z.infer<typeof GenerateRequest>

/** Reads a body of `generateContent`; throws `input.invalid` naming what is wrong. */
export const readGenerateRequest = (body: unknown): GenerateRequest => {
  const parsed = GenerateRequest.safeParse(body)
  if (parsed.success) return parsed.data
  throw new AssayError('input.invalid', { what: 'request body', issues: issuesOf(parsed.error).slice(0, 10) })
}
