import { AssayError, canonicalProvider, nearestNames, prices, Secret } from '@assay/core'
import type { ResolvedModel } from '@assay/providers'

/** The models that a run on this machine reaches with the keys of its environment. */
export type LocalModels = {
  resolve: (model: string) => Promise<ResolvedModel>
  /** Addresses that the user's own environment names, so that calls may go there although they are private. */
  allow: string[]
}

type Environment = Record<string, string | undefined>

/** Where each provider is, the variables its key is looked for in, and the one that names another place. */
type Endpoint = {
  baseUrl: string
  variables: [string, ...string[]]
  place?: string
  /** A server of one's own: it may need no key, and calls may go to it although it is private. */
  isOwn?: boolean
}

/** Those with a place of their own are spoken to in their own dialect, the others in chat completions. */
const endpoints: Record<string, Endpoint> = {
  openai: { baseUrl: 'https://api.openai.com/v1', variables: ['OPENAI_API_KEY'], place: 'OPENAI_BASE_URL' },
  anthropic: {
    baseUrl: 'https://api.anthropic.com',
    variables: ['ANTHROPIC_API_KEY'],
    place: 'ANTHROPIC_BASE_URL',
  },
  google: {
    baseUrl: 'https://generativelanguage.googleapis.com',
    variables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
    place: 'GEMINI_BASE_URL',
  },
  groq: { baseUrl: 'https://api.groq.com/openai/v1', variables: ['GROQ_API_KEY'] },
  mistral: { baseUrl: 'https://api.mistral.ai/v1', variables: ['MISTRAL_API_KEY'] },
  xai: { baseUrl: 'https://api.x.ai/v1', variables: ['XAI_API_KEY'] },
  deepseek: { baseUrl: 'https://api.deepseek.com/v1', variables: ['DEEPSEEK_API_KEY'] },
  ollama: {
    baseUrl: 'http://localhost:11434/v1',
    variables: ['OLLAMA_API_KEY'],
    place: 'OLLAMA_BASE_URL',
    isOwn: true,
  },
  openrouter: { baseUrl: 'https://openrouter.ai/api/v1', variables: ['OPENROUTER_API_KEY'] },
}

/** Short names that people use, and what they stand for. */
const catalogue: Record<string, string> = {
  'claude-sonnet-4': 'anthropic/claude-sonnet-4-20250514',
  'claude-opus-4': 'anthropic/claude-opus-4-20250514',
  'gpt-4o': 'openai/gpt-4o',
  'gpt-4-turbo': 'openai/gpt-4-turbo',
  'gemini-pro': 'google/gemini-2.5-pro',
  'llama-3.1-70b': 'groq/llama-3.1-70b-versatile',
  'llama-3.1-8b': 'groq/llama-3.1-8b-instant',
}

/** What is run when neither the command nor the suite names a model. */
export const DEFAULT_MODEL = 'claude-sonnet-4'

/**
 * Reads which models there are; a base URL or a LiteLLM proxy of the user's own comes before the public addresses. With
 * `isProxied` the proxy has them all, by the names they are given.
 */
export const localModels = (environment: Environment, { isProxied = false } = {}): LocalModels => {
  const proxy = proxyOf(environment)
  const placeOf = (provider: string): string | undefined =>
    environment[endpoints[provider === 'compatible' ? 'openai' : provider]?.place ?? ''] || undefined
  const resolve = async (name: string): Promise<ResolvedModel> => {
    // The proxy knows its models by names of its own.
    if (isProxied && !/^(?:sim|litellm)[:/]/.test(name))
      return { providerName: 'compatible', model: name, ...(proxy ?? proxyAt(LITELLM_URL, environment)) }
    const { provider, model } = readModelName(name)
    if (provider === 'sim') return { providerName: 'sim', model, baseUrl: null, secret: null }
    if (provider === 'litellm')
      return { providerName: 'compatible', model, ...(proxy ?? proxyAt(LITELLM_URL, environment)) }
    const variables = endpoints[provider]?.variables ?? (['OPENAI_API_KEY'] as const)
    const key = variables.map((variable) => environment[variable]).find(Boolean) ?? keyless(provider, environment)
    const baseUrl = placeOf(provider) ?? endpoints[provider]?.baseUrl
    if (key !== undefined && baseUrl) {
      const providerName = endpoints[provider]?.place && !endpoints[provider].isOwn ? provider : 'compatible'
      return { providerName, model, baseUrl, secret: key === '' ? null : new Secret(key) }
    }
    // The proxy knows the models by the names they were given on the command line.
    if (proxy) return { providerName: 'compatible', model: name, ...proxy }
    const variable = provider === 'compatible' ? 'OPENAI_BASE_URL' : variables[0]
    throw new AssayError('suite.key_missing', { model: name, variable })
  }
  const own = Object.entries(endpoints).map(
    ([name, { baseUrl, isOwn }]) => placeOf(name) ?? (isOwn ? baseUrl : undefined),
  )
  const allow = [...own, proxy?.baseUrl ?? LITELLM_URL].flatMap((url) =>
    url && URL.canParse(url) ? [authority(url)] : [],
  )
  return { resolve, allow }
}

/** The provider and the model of `provider/model`, `provider:model` or a bare name of the catalogue. */
export const readModelName = (name: string): { provider: string; model: string } => {
  const full = catalogue[name] ?? name
  const [, written = '', model = ''] = /^([a-z][a-z0-9-]*)[:/](.+)$/.exec(full) ?? []
  const provider = canonicalProvider(written)
  const isSimulated = provider === 'sim' && prices.some((row) => row.provider === 'sim' && row.model === model)
  if (written === 'mesh') throw new AssayError('suite.mesh_missing', { model: name })
  if (provider in endpoints || isSimulated || provider === 'compatible' || provider === 'litellm')
    return { provider, model }
  const row = prices.find((row) => row.model === full && (row.provider in endpoints || row.provider === 'sim'))
  if (row) return { provider: row.provider, model: full }
  const names = [...Object.keys(catalogue), ...prices.map((row) => `${row.provider}/${row.model}`)]
  throw new AssayError('gateway.model_unknown', { model: name, suggestions: nearestNames(name, names, 3) })
}

/** A server of one's own may need no key. */
const keyless = (provider: string, environment: Environment): string | undefined => {
  if (endpoints[provider]?.isOwn) return ''
  return (provider === 'openai' || provider === 'compatible') && environment['OPENAI_BASE_URL'] ? '' : undefined
}

/** Where a LiteLLM proxy listens when nothing else is said. */
const LITELLM_URL = 'http://localhost:4000'

type Proxy = { baseUrl: string; secret: Secret }

const proxyOf = (environment: Environment): Proxy | null => {
  const url = environment['LITELLM_PROXY_URL']
  return url ? proxyAt(url, environment) : null
}

const proxyAt = (url: string, environment: Environment): Proxy => ({
  baseUrl: proxyBase(url.replace(/\/+$/, '')),
  secret: new Secret(environment['LITELLM_API_KEY'] || 'anything'),
})

/** Every compatible server answers under /v1, and LiteLLM there too. */
const proxyBase = (url: string): string => (URL.canParse(url) && new URL(url).pathname === '/' ? `${url}/v1` : url)

const authority = (url: string): string => {
  const { hostname, port, protocol } = new URL(url)
  return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
}
