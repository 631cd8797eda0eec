import { Transform } from 'node:stream'
import type { IncomingMessage } from 'node:http'
import { AssayError, canonicalProvider, matchesAny, type RequestRecord } from '@assay/core'
import type { Provider } from '@assay/providers'
import { readCallOptions, type CallOptions } from '../chat/call-options.ts'
import type { ChatPlane } from '../chat/chat.ts'
import type { DataPlaneCall } from '../entry/data-plane.ts'
import type { KeyHolder } from '../parts.ts'
import { RawCall } from './raw-call.ts'
import { rawPath, rawQuery } from './raw-path.ts'
import { MAX_BODY_BYTES, readBody } from '../entry/read-body.ts'
import { openRecord } from '../books/record.ts'

/** What a call may answer at most when it does not say. */
const DEFAULT_OUTPUT_TOKENS = 1_024

/** Takes any call below `/passthrough/{provider}/` to that provider as it is, with the workspace's credential. */
export const onPassthrough = async (plane: ChatPlane, call: DataPlaneCall): Promise<void> => {
  const { request, response, holder, requestId, params, arrivedAt: startedAt } = call
  const { parts, facts } = plane
  const options = readCallOptions(request.headers, plane.patience.wholeMs)
  const provider = providerOf(plane, params['provider']!)
  if (await parts.guards?.of(holder)) throw new AssayError('gateway.passthrough_guarded', {})
  const path = rawPath(params['path']!)
  const body = await bodyOf(request)
  const model = modelOf(body, path)
  assertAllowed(holder, { provider: provider.name, model })
  const wish = { credentialIds: holder.credentialIds, credentialId: options.credentialId, begunAt: startedAt }
  const credential = await parts.credentials.resolve(holder.workspaceId, provider.name, wish)
  if (!credential) throw new AssayError('vault.key_missing', { provider: provider.name })
  const known = await facts.recent(holder.workspaceId)
  const record = rawRecord({ requestId, startedAt, holder, options, model: model ?? path.slice(0, 256) })
  record.providerName = provider.name
  record.credentialId = credential.id
  record.credentialSource = credential.source ?? null
  record.stream = body instanceof Buffer && /"stream"\s*:\s*true/.test(body.subarray(0, 1_000_000).toString('latin1'))
  const reservation =
    (await parts.limits?.reserve({
      holder,
      requestId,
      model: `${provider.name}/${model ?? path.slice(0, 256)}`,
      inputTokens: body instanceof Buffer ? Math.ceil(body.length / 4) : 0,
      outputTokens: model === null ? 0 : DEFAULT_OUTPUT_TOKENS,
      // What only looks costs nothing; what nobody can price is for the key's policy to refuse.
      mostNanoUsd: () => (request.method === 'GET' ? 0 : null),
      deadlineAt: startedAt + options.timeoutMs,
    })) ?? null
  if (response.destroyed) return
  await parts.spool
    .append({ kind: 'open', request: { ...record }, holds: reservation?.holds ?? [] })
    .catch(() => parts.metrics.dropped('open'))
  const query = rawQuery(request.url ?? '/')
  new RawCall({
    plane,
    call,
    record,
    provider,
    credential,
    path,
    query,
    body,
    model,
    options,
    startedAt,
    reservation,
    known,
  }).start()
}

const providerOf = ({ providers }: ChatPlane, name: string): Provider => {
  const provider = providers.get(canonicalProvider(name))
  if (!provider?.needsCredential) {
    throw new AssayError('http.not_found', { method: 'ANY', path: `/passthrough/${name.slice(0, 100)}` })
  }
  return provider
}

/** JSON is read, since it names the model; anything else goes on as it comes. */
const bodyOf = async (request: IncomingMessage): Promise<Buffer | Transform | null> => {
  const hasBody = request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined
  if (!hasBody) return null
  if ((request.headers['content-type'] ?? '').includes('json')) return readBody(request)
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge()
  let sizeBytes = 0
  const counted = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      sizeBytes += chunk.length
      done(sizeBytes > MAX_BODY_BYTES ? tooLarge() : null, chunk)
    },
  })
  request.on('error', (error) => counted.destroy(error))
  return request.pipe(counted)
}

const tooLarge = () => new AssayError('input.too_large', { what: 'request body', limitBytes: MAX_BODY_BYTES })

/** The model that a call is for, as its path or its body says; null when neither does. */
const modelOf = (body: Buffer | Transform | null, path: string): string | null => {
  const named = /\/(?:models|deployments)\/([^/:]+)/.exec(path)?.[1]
  if (named !== undefined) return decodeURIComponent(named).slice(0, 256)
  if (!(body instanceof Buffer)) return null
  try {
    const json: unknown = JSON.parse(body.toString('utf8'))
    const model = typeof json === 'object' && json !== null && 'model' in json ? json.model : null
    return typeof model === 'string' && model !== '' ? model.slice(0, 256) : null
  } catch {
    return null
  }
}

/** A key that is bound to models may make no call that names none. */
const assertAllowed = (holder: KeyHolder, { provider, model }: { provider: string; model: string | null }): void => {
  const isProviderAllowed = holder.allowedProviders.length === 0 || matchesAny(provider, holder.allowedProviders)
  const name = `${provider}/${model ?? '*'}`
  const isModelAllowed = holder.allowedModels.length === 0 || (model !== null && matchesAny(name, holder.allowedModels))
  if (!isProviderAllowed || !isModelAllowed) throw new AssayError('access.model_not_allowed', { model: name })
}

const rawRecord = (given: {
  requestId: string
  startedAt: number
  holder: KeyHolder
  options: CallOptions
  model: string
}): RequestRecord => {
  const { requestId: id, startedAt, holder, options, model } = given
  const record = openRecord({ id, startedAt, holder, options, request: { model, messages: [] } })
  record.operationName = 'passthrough'
  record.route = 'pinned'
  return record
}
