import { isEndpoint, type ModelSpec } from '@assay/core'
import type { Report } from './promptfoo.ts'
import { readEndpoint } from './promptfoo-endpoint.ts'

/** How a model of promptfoo's is called here; null where it is none that can be asked. */
export const modelIdOf = (id: string): string | null => {
  if (id === 'echo') return 'sim/echo'
  const [provider = '', ...rest] = id.split(':')
  const known = providers[provider]
  if (known === undefined) return /^[a-z][a-z0-9-]*\/.+$/.test(id) || id.startsWith('sim:') ? id : null
  const kind = rest[0] ?? ''
  const model = (known.kinds.includes(kind) ? rest.slice(1) : rest).join(':')
  return model === '' ? null : `${known.name}/${model}`
}

/** Providers by the word in front of a model, with the words that may stand between. */
const providers: Record<string, { name: string; kinds: string[] }> = {
  openai: { name: 'openai', kinds: ['chat', 'completion', 'responses', 'embedding', 'embeddings'] },
  anthropic: { name: 'anthropic', kinds: ['messages', 'completion'] },
  google: { name: 'google', kinds: ['embedding', 'embeddings'] },
  ollama: { name: 'ollama', kinds: ['chat', 'completion', 'embedding', 'embeddings'] },
  groq: { name: 'groq', kinds: [] },
  mistral: { name: 'mistral', kinds: ['embedding', 'embeddings'] },
  xai: { name: 'xai', kinds: [] },
  deepseek: { name: 'deepseek', kinds: [] },
  openrouter: { name: 'openrouter', kinds: [] },
  litellm: { name: 'litellm', kinds: ['chat', 'embedding', 'embeddings'] },
}

/** Settings of a model that every provider here takes, by the names of chat completions. */
const settings: Record<string, string> = {
  temperature: 'temperature',
  max_tokens: 'max_tokens',
  max_completion_tokens: 'max_completion_tokens',
  max_output_tokens: 'max_tokens',
  maxOutputTokens: 'max_tokens',
  num_predict: 'max_tokens',
  top_p: 'top_p',
  topP: 'top_p',
  top_k: 'top_k',
  topK: 'top_k',
  seed: 'seed',
  stop: 'stop',
  stop_sequences: 'stop',
  presence_penalty: 'presence_penalty',
  frequency_penalty: 'frequency_penalty',
  response_format: 'response_format',
  tools: 'tools',
  tool_choice: 'tool_choice',
  reasoning_effort: 'reasoning_effort',
}

/** Reads what stands for a model: its name alone, an object with `id`, or the name as the only key. */
export const readModel = (
  given: unknown,
  at: PropertyKey[],
  report: Report,
): string | (Pick<ModelSpec, 'id' | 'config'> & { label?: string; script?: string }) | null => {
  if (typeof given === 'string') return known(given, at, report)
  if (given === null || typeof given !== 'object') return refuse(at, 'is no model', report)
  const { id: written, label, config, script, ...others } = unfolded(given as Record<string, unknown>)
  if (typeof written !== 'string') return refuse(at, 'has no `id`', report)
  for (const key of Object.keys(others)) {
    if (key !== 'env' && key !== 'inputs') report([...at, key], 'is a setting of models that is not supported')
  }
  const members = typeof config === 'object' && config !== null ? (config as Record<string, unknown>) : {}
  const shown = typeof label === 'string' ? { label } : {}
  if (typeof script === 'string') return { id: written, ...shown, script, config: members }
  if (isEndpoint(written)) {
    const id = /^https?$/.test(written) ? addressOf(written, members) : written
    return { id, ...shown, config: readEndpoint(members, [...at, 'config'], report) }
  }
  const id = known(written, [...at, 'id'], report)
  const read: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(members)) {
    const name = settings[key]
    if (name !== undefined) read[name] = value
    else if (key === 'passthrough' && value !== null && typeof value === 'object') Object.assign(read, value)
    else report([...at, 'config', key], 'is a setting of models that is not supported')
  }
  return id === null ? null : { id, ...shown, config: read }
}

/** The address of a provider that is called `http` or `https` only. */
const addressOf = (scheme: string, { url, request, useHttps }: Record<string, unknown>): string => {
  if (typeof url === 'string') return url
  const host = typeof request === 'string' ? /^host:\s*(\S+)/im.exec(request)?.[1] : undefined
  return `${useHttps === true ? 'https' : scheme}://${host ?? ''}`
}

/** Reads what stands for a judge: a model, or one for texts and one for embeddings. */
export const readJudge = (given: unknown, at: PropertyKey[], report: Report): unknown => {
  const isPair = given !== null && typeof given === 'object' && ('text' in given || 'embedding' in given)
  if (!isPair) return readJudgeModel(given, at, report)
  const { text, embedding, ...others } = given as Record<string, unknown>
  for (const key of Object.keys(others)) report([...at, key], 'is not supported')
  return {
    ...(text !== undefined && { text: readJudgeModel(text, [...at, 'text'], report) }),
    ...(embedding !== undefined && { embedding: readJudgeModel(embedding, [...at, 'embedding'], report) }),
  }
}

const readJudgeModel = (given: unknown, at: PropertyKey[], report: Report): unknown => {
  const model = readModel(given, at, report)
  return model === null || typeof model === 'string' ? (model ?? undefined) : { id: model.id, config: model.config }
}

const known = (id: string, at: PropertyKey[], report: Report): string | null => {
  if (isEndpoint(id)) return refuse(at, `${id} has neither a \`body\` nor \`method: GET\` in its config`, report)
  return modelIdOf(id) ?? refuse(at, `${id} is a provider that is not supported`, report)
}

const refuse = (at: PropertyKey[], message: string, report: Report): null => {
  report(at, message)
  return null
}

/** `{"openai:gpt-4o": {config}}` as `{id, config}`. */
const unfolded = (given: Record<string, unknown>): Record<string, unknown> => {
  const [[key, value] = ['', undefined], ...more] = Object.entries(given)
  if ('id' in given || more.length > 0) return given
  return value !== null && typeof value === 'object' ? { id: key, ...value } : given
}
