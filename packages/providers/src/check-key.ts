import {
  compatiblePresets,
  isAssayError,
  modelTiers,
  prices,
  SECOND_MS,
  type CheckFault,
  type CredentialCheck,
  type CredentialOptions,
  type CredentialProvider,
  type Secret,
} from '@assay/core'
import { z } from 'zod'
import type { Egress, EgressCall, HeaderValue } from './egress.ts'
import { EgressError, type EgressFault } from './egress-error.ts'
import { headersOfOptions, joined } from './provider.ts'
import { readRefusal } from './refusal.ts'

/** A key and where it is for. */
export type KeyPlace = { provider: CredentialProvider; baseUrl: string; secret: Secret; options: CredentialOptions }

const DEADLINE_MS = 10 * SECOND_MS
const MOST_ANSWER_BYTES = 4 * 1024 * 1024
const MOST_MODELS = 500
const AZURE_API_VERSION = '2024-10-21'

/**
 * Asks a provider whether it accepts a key, by the cheapest call it has: the list of its models, and where there is
 * none, an answer of one token.
 */
export const checkKey = async (
  place: KeyPlace,
  { egress, now, deadlineMs = DEADLINE_MS }: { egress: Egress; now: () => number; deadlineMs?: number },
): Promise<CredentialCheck> => {
  const startedAt = now()
  const signal = AbortSignal.timeout(deadlineMs)
  const ask = async (call: Pick<EgressCall, 'method' | 'url' | 'body'>): Promise<Answer> => {
    const headers = { 'content-type': 'application/json', ...headersOfOptions(place.options), ...speak(place).headers }
    const answer = await egress.send({ ...call, headers, maxBytes: MOST_ANSWER_BYTES, signal })
    return { status: answer.status, text: answer.mask(await answer.text()) }
  }
  const outcome = await look(place, ask).catch((error: unknown) => faultOf(error, { signal, deadlineMs }))
  const latencyMs = now() - startedAt
  return 'code' in outcome
    ? { ok: false, latencyMs, error: outcome }
    : { ok: true, latencyMs, ...(outcome.models ? { models: outcome.models } : {}) }
}

type Answer = { status: number; text: string }
type Ask = (call: Pick<EgressCall, 'method' | 'url' | 'body'>) => Promise<Answer>
type Outcome = { models?: string[] } | { code: CheckFault; message: string }

const look = async (place: KeyPlace, ask: Ask): Promise<Outcome> => {
  const { baseUrl } = place
  const { listing, isListOfModels } = speak(place)
  const listed = await ask({ method: 'GET', url: joined(baseUrl, listing) })
  const code = faultOfStatus(listed)
  if (code === null) {
    const models = modelsOf(listed.text)
    if (models || (!isListOfModels && isObject(listed.text))) return models ? { models } : {}
    return { code: 'bad_url', message: 'What answers there is no model API: it sent no list of models.' }
  }
  // A server without a list, or a key that may answer and not list.
  if (code !== 'bad_url' && code !== 'forbidden') return { code, message: wordsOf(listed) }
  const probed = await ask(probeOf(place))
  const refused = faultOfStatus(probed)
  if (refused === null)
    return isObject(probed.text) ? {} : { code: 'bad_url', message: 'What answers there is no model API.' }
  if (isAboutModel(probed)) return {}
  return refused === 'bad_url' ? { code, message: wordsOf(listed) } : { code: refused, message: wordsOf(probed) }
}

type Speech = { listing: string; isListOfModels: boolean; headers: Record<string, HeaderValue>; probe: string }

const speak = ({ provider, baseUrl, secret, options }: KeyPlace): Speech => {
  if (provider === 'anthropic') {
    const headers = { 'x-api-key': secret, 'anthropic-version': '2023-06-01' }
    return { listing: '/v1/models?limit=1000', isListOfModels: true, headers, probe: '/v1/messages' }
  }
  if (provider === 'google') {
    const model = cheapestOf(provider)
    return {
      listing: '/v1beta/models?pageSize=1000',
      isListOfModels: true,
      headers: { 'x-goog-api-key': secret },
      probe: `/v1beta/models/${encodeURIComponent(model)}:generateContent`,
    }
  }
  if (provider === 'azure') {
    const root = baseUrl.endsWith('/openai') || baseUrl.includes('/openai/') ? '' : '/openai'
    const version = baseUrl.endsWith('/openai/v1')
      ? ''
      : `?api-version=${encodeURIComponent(options.apiVersion ?? AZURE_API_VERSION)}`
    const deployment = Object.values(options.deployments ?? {})[0] ?? cheapestOf('openai')
    const chat =
      version === '' ? '/chat/completions' : `/deployments/${encodeURIComponent(deployment)}/chat/completions`
    return {
      listing: `${root}/models${version}`,
      isListOfModels: true,
      headers: { 'api-key': secret },
      probe: `${root}${chat}${version}`,
    }
  }
  const preset = compatiblePresets.find((known) => known.baseUrl === baseUrl)
  return {
    listing: preset?.checkPath ?? '/models',
    isListOfModels: preset?.checkPath === undefined,
    headers: { authorization: { scheme: 'Bearer', secret } },
    probe: '/chat/completions',
  }
}

const probeOf = (place: KeyPlace): Pick<EgressCall, 'method' | 'url' | 'body'> => {
  const { provider, baseUrl } = place
  const model = cheapestOf(provider)
  const content = 'Hi'
  const body =
    provider === 'google'
      ? { contents: [{ role: 'user', parts: [{ text: content }] }], generationConfig: { maxOutputTokens: 1 } }
      : { model, max_tokens: 1, messages: [{ role: 'user', content }] }
  return { method: 'POST', url: joined(baseUrl, speak(place).probe), body: JSON.stringify(body) }
}

/** The least of a provider's models; a name that a server does not know is told apart from a key it does not know. */
const cheapestOf = (provider: string): string =>
  prices
    .filter((row) => row.provider === provider && row.tier === modelTiers[0] && row.retiredAt === undefined)
    .toSorted((a, b) => a.output - b.output)[0]?.model ?? 'any'

const statuses: Record<number, CheckFault> = {
  401: 'unauthorized',
  402: 'quota',
  403: 'forbidden',
  404: 'bad_url',
  405: 'bad_url',
  410: 'bad_url',
  429: 'quota',
  501: 'bad_url',
}

const faultOfStatus = ({ status, text }: Answer): CheckFault | null => {
  if (status < 300) return null
  if (status < 400) return 'bad_url'
  // Google says 400 for a key it does not know, and Anthropic for an account without credit.
  if (status === 400 && /API_KEY_INVALID|api key not valid|invalid api key/i.test(text)) return 'unauthorized'
  if (status === 400 && /credit balance|insufficient_quota|billing/i.test(text)) return 'quota'
  return statuses[status] ?? 'unexpected'
}

/** A refusal of the model alone came after the key was accepted. */
const isAboutModel = ({ status, text }: Answer): boolean =>
  [400, 404, 422].includes(status) && isObject(text) && /\b(model|deployment)/i.test(readRefusal(status, text).message)

const wordsOf = ({ status, text }: Answer): string => {
  const { message } = readRefusal(status, text)
  return (status >= 300 && status < 400 ? 'It sends calls on to another address.' : message).slice(0, 500)
}

const Named = z.object({ id: z.string() }).or(z.object({ name: z.string() }))
const Listed = z
  .object({ data: z.array(Named) })
  .or(z.object({ models: z.array(Named) }))
  .or(z.array(Named))

const modelsOf = (text: string): string[] | null => {
  const parsed = Listed.safeParse(jsonOf(text))
  if (!parsed.success) return null
  const { data } = parsed
  const named = Array.isArray(data) ? data : 'data' in data ? data.data : data.models
  return named.map((one) => ('id' in one ? one.id : one.name.replace(/^models\//, ''))).slice(0, MOST_MODELS)
}

const isObject = (text: string): boolean => {
  const json = jsonOf(text)
  return typeof json === 'object' && json !== null
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const faultCodes: Record<EgressFault, CheckFault> = {
  unreachable: 'unreachable',
  timeout: 'unreachable',
  aborted: 'unreachable',
  cut: 'unreachable',
  malformed: 'bad_url',
  too_large: 'bad_url',
}

const faultOf = (
  error: unknown,
  { signal, deadlineMs }: { signal: AbortSignal; deadlineMs: number },
): { code: CheckFault; message: string } => {
  if (signal.aborted) return { code: 'unreachable', message: `It did not answer within ${deadlineMs / SECOND_MS} s.` }
  if (error instanceof EgressError) return { code: faultCodes[error.fault], message: `${error.message}.` }
  if (isAssayError(error, 'egress.denied') || isAssayError(error, 'egress.bad_url')) {
    return { code: 'bad_url', message: error.message }
  }
  throw error
}
