import { openaiEmbeddings } from '../embeddings/openai.ts'
import { defineProvider, type ChatCall } from '../provider.ts'

/** The newest version that is no preview, for credentials that name none. */
const API_VERSION = '2024-10-21'
/** Since this version the Responses API is there too. */
const RESPONSES_SINCE = '2025-03-01'

type Place = Pick<ChatCall, 'baseUrl' | 'options'>

/**
 * OpenAI's API at a resource of Azure's. Models are deployments there, named by the credential's map or as the model
 * is; the version of the API stands in the query, or the base URL ends with `/openai/v1` and needs none.
 */
export const azure = defineProvider({
  name: 'azure',
  defaultBaseUrl: null,
  speaks: (dialect, place) => dialect === 'openai' && (isUnversioned(place) || versionOf(place) >= RESPONSES_SINCE),
  nameOf: ({ model, options }) => options?.deployments?.[model] ?? model,
  path: (call) => azurePath(call, call.native?.path ?? '/chat/completions'),
  headers: (secret) => ({ 'api-key': secret }),
  embeddings: {
    ...openaiEmbeddings('azure'),
    path: (model, place) => azurePath({ ...place, model }, '/embeddings'),
  },
})

/** Where an operation of a deployment is, below the base URL of its credential. */
export const azurePath = ({ model, ...place }: Place & { model: string }, operation: string): string => {
  if (isUnversioned(place)) return operation
  const { pathname } = new URL(place.baseUrl ?? 'http://azure.invalid')
  const version = `?api-version=${encodeURIComponent(versionOf(place))}`
  if (pathname.includes('/deployments/')) return operation + version
  const root = pathname.endsWith('/openai') ? '' : '/openai'
  const name = place.options?.deployments?.[model] ?? model
  // Responses name the deployment in their body.
  const deployment = operation === '/responses' ? '' : `/deployments/${encodeURIComponent(name)}`
  return root + deployment + operation + version
}

const isUnversioned = ({ baseUrl }: Place): boolean => (baseUrl ?? '').endsWith('/openai/v1')

const versionOf = ({ options }: Place): string => options?.apiVersion ?? API_VERSION
