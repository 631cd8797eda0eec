import type { FunctionDeclaration, GenerateRequest, GenerationConfig } from './contents.ts'
import { jsonSchemaOf } from './schema.ts'

/** Settings that mean the same in chat completions, by their names there. */
const same = {
  maxOutputTokens: 'max_tokens',
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  stopSequences: 'stop',
  seed: 'seed',
  candidateCount: 'n',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
} as const

/** How fields of chat completions are called where these callers have them, for when one is dropped. */
export const contentsNames: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(same).map(([theirs, ours]) => [ours, `generationConfig.${theirs}`])),
  reasoning_effort: 'generationConfig.thinkingConfig',
  response_format: 'generationConfig.responseMimeType',
  tool_choice: 'toolConfig',
}

const read = new Set([
  ...Object.keys(same),
  'responseMimeType',
  'responseSchema',
  'responseJsonSchema',
  'responseModalities',
  'thinkingConfig',
])

/** The settings of a generation in chat completions; those without a counterpart keep their names. */
export const settingsOf = (config: GenerationConfig): object => {
  const given = Object.entries(same).flatMap(([theirs, ours]) => {
    const value = config[theirs]
    return value === null || value === undefined ? [] : [[ours, value] as const]
  })
  const others = Object.entries(config).filter(([name, value]) => !read.has(name) && value !== null && value !== false)
  const effort = effortOf(config)
  return {
    ...Object.fromEntries(given),
    ...Object.fromEntries(others.map(([name, value]) => [`generationConfig.${name}`, value])),
    ...formatOf(config),
    ...modalitiesOf(config),
    ...(effort === undefined ? undefined : { reasoning_effort: effort }),
  }
}

const formatOf = ({
  responseMimeType: type,
  responseSchema,
  responseJsonSchema,
}: GenerationConfig): object | undefined => {
  const schema = responseJsonSchema ?? (responseSchema ? jsonSchemaOf(responseSchema) : null)
  if (!type && !schema) return undefined
  if (type === 'text/plain' && !schema) return undefined
  if (type && type !== 'application/json') return { response_format: { type } }
  return schema
    ? { response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } } }
    : { response_format: { type: 'json_object' } }
}

const modalitiesOf = ({ responseModalities: given }: GenerationConfig): object | undefined => {
  const modalities = (given ?? []).map((name) => name.toLowerCase())
  return modalities.some((name) => name !== 'text') ? { modalities } : undefined
}

const effortOf = ({ thinkingConfig: config }: GenerationConfig): string | undefined => {
  if (!config) return undefined
  const { thinkingLevel: level, thinkingBudget: budget, includeThoughts } = config
  if (level) return level.toLowerCase()
  if (budget === null || budget === undefined || budget < 0) return includeThoughts ? 'medium' : undefined
  if (budget === 0) return 'none'
  return budget < 4_096 ? 'low' : budget < 16_384 ? 'medium' : 'high'
}

const modes: Record<string, string> = { AUTO: 'auto', VALIDATED: 'auto', ANY: 'required', NONE: 'none' }

/** The tools in chat completions; one of Google's own keeps its name as its type, and is refused by it. */
export const toolsOf = ({ tools, toolConfig }: GenerateRequest): object | undefined => {
  const given = (tools ?? []).flatMap(({ functionDeclarations: declared, ...others }) => [
    ...(declared ?? []).map(functionOf),
    ...Object.keys(others).map((type) => ({ type })),
  ])
  if (given.length === 0) return undefined
  const { functionCallingConfig: config, ...others } = toolConfig ?? {}
  const names = config?.allowedFunctionNames ?? []
  const mode = config?.mode ? modes[config.mode.toUpperCase()] : undefined
  return {
    tools: given,
    ...(mode === undefined ? undefined : { tool_choice: choiceOf(mode, names) }),
    ...Object.fromEntries(Object.entries(others).map(([name, value]) => [`toolConfig.${name}`, value])),
    ...lostOf((tools ?? []).flatMap(({ functionDeclarations: declared }) => declared ?? [])),
  }
}

const told = new Set(['name', 'description', 'parameters', 'parametersJsonSchema'])

/** What declarations say beside the function, such as how it answers. */
const lostOf = (declarations: FunctionDeclaration[]): object =>
  Object.fromEntries(
    declarations.flatMap((declaration) =>
      Object.keys(declaration)
        .filter((name) => !told.has(name))
        .map((name) => [`tools.functionDeclarations.${name}`, true]),
    ),
  )

const functionOf = (declaration: FunctionDeclaration): object => {
  const { name, description, parameters, parametersJsonSchema } = declaration
  const schema = parametersJsonSchema ?? (parameters ? jsonSchemaOf(parameters) : null)
  return {
    type: 'function',
    function: {
      name,
      ...(description ? { description } : undefined),
      ...(schema ? { parameters: schema } : undefined),
    },
  }
}

const choiceOf = (mode: string, names: readonly string[]): unknown => {
  if (names.length === 0 || mode === 'none') return mode
  const tools = names.map((name) => ({ type: 'function', function: { name } }))
  if (tools.length === 1 && mode === 'required') return tools[0]
  return { type: 'allowed_tools', allowed_tools: { mode, tools } }
}
