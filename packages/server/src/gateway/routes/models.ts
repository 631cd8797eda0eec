import { AssayError, mayCall, planCandidates, priceOf, timestamp, type PriceRow } from '@assay/core'
import type { DataPlaneCall } from '../entry/data-plane.ts'
import type { Facts, WorkspaceFacts } from '../chat/facts.ts'
import type { ChatPlane } from '../chat/chat.ts'
import type { KeyHolder } from '../parts.ts'
import { sendJson } from '../entry/answer.ts'
import { speechOf, type Query, type Speech } from '../entry/speaker.ts'

/** One model that a key may call. */
type ListedModel = { id: string; owner: string; row: PriceRow | null }

/** How a dialect tells of models: one of them, and a page of many. */
type ModelShape = {
  one: (model: ListedModel) => object
  many: (models: readonly ListedModel[], query: Query) => object
}

/** When the list says a model was made: the providers' own dates are not known here. */
const CREATED = 1_767_225_600

const openai: ModelShape = {
  one: ({ id, owner }) => ({ id, object: 'model', created: CREATED, owned_by: owner }),
  many: (models) => ({ object: 'list', data: models.map(openai.one) }),
}

const anthropic: ModelShape = {
  one: ({ id, row }) => ({
    type: 'model',
    id,
    display_name: id,
    created_at: timestamp(CREATED * 1_000),
    ...(row ? { max_input_tokens: row.contextWindow, max_tokens: row.maxOutputTokens } : undefined),
  }),
  many: (models, query) => {
    const limit = wholeOf(query, 'limit', { otherwise: 20, most: 1_000 })
    const after = query.get('after_id')
    const before = query.get('before_id')
    const from = after === null ? 0 : placeOf(models, after, 'after_id') + 1
    const to = before === null ? models.length : placeOf(models, before, 'before_id')
    // Going back, a page is the one right before the model.
    const start = before !== null && after === null ? Math.max(from, to - limit) : from
    const page = models.slice(start, Math.min(to, start + limit))
    const hasMore = before !== null && after === null ? start > 0 : start + page.length < to
    return {
      data: page.map(anthropic.one),
      has_more: hasMore,
      first_id: page[0]?.id ?? null,
      last_id: page.at(-1)?.id ?? null,
    }
  },
}

const google: ModelShape = {
  one: ({ id, row }) => ({
    name: `models/${id}`,
    baseModelId: id,
    version: '1',
    displayName: id,
    ...(row ? { inputTokenLimit: row.contextWindow, outputTokenLimit: row.maxOutputTokens } : undefined),
    supportedGenerationMethods:
      row && isForEmbeddings(row)
        ? ['embedContent', 'batchEmbedContents']
        : ['generateContent', 'streamGenerateContent', 'countTokens'],
  }),
  many: (models, query) => {
    const size = wholeOf(query, 'pageSize', { otherwise: 50, most: 1_000 })
    const after = query.get('pageToken') ?? ''
    const from = after === '' ? 0 : placeOf(models, Buffer.from(after, 'base64url').toString(), 'pageToken') + 1
    const page = models.slice(from, from + size)
    const last = page.at(-1)
    return {
      models: page.map(google.one),
      ...(last && from + size < models.length
        ? { nextPageToken: Buffer.from(last.id).toString('base64url') }
        : undefined),
    }
  },
}

type Answer = (plane: ChatPlane, call: DataPlaneCall) => Promise<void>

const shapes: Record<Speech, ModelShape> = { chat: openai, messages: anthropic, contents: google }

/** `GET /v1/models` and `GET /v1beta/models`, in the shape of whoever asks. */
export const onModels: Answer = (plane, call) => list(plane, call, shapes[speechOf(call.request)])

/** The same of one model. */
export const onModel: Answer = (plane, call) => tell(plane, call, shapes[speechOf(call.request)])

const list = async ({ facts }: ChatPlane, { response, holder, requestId, query }: DataPlaneCall, shape: ModelShape) => {
  const known = await facts.read(holder.workspaceId)
  const body = shape.many(callableModels(holder, known, facts), query)
  sendJson(response, { status: 200, body, requestId })
}

const tell = async (
  { facts }: ChatPlane,
  { response, holder, requestId, params }: DataPlaneCall,
  shape: ModelShape,
) => {
  const known = await facts.read(holder.workspaceId)
  const body = shape.one(findModel(modelNameOf(params['model']!), { holder, known, facts }))
  sendJson(response, { status: 200, body, requestId })
}

/** The model that a piece of a path names, where it may be encoded. */
export const modelNameOf = (piece: string): string => {
  try {
    return decodeURIComponent(piece).replace(/^models\//, '')
  } catch {
    throw new AssayError('input.bad_request', { reason: 'its path is not encoded as a URL is' })
  }
}

/** All models that a key may call, in the order of the price table. */
const callableModels = (holder: KeyHolder, known: WorkspaceFacts, facts: Facts): ListedModel[] => {
  const today = facts.today()
  const rows = known.prices.filter(
    (row) =>
      known.configured.includes(row.provider) &&
      mayCall(holder, row) &&
      !(row.retiredAt !== undefined && today >= row.retiredAt),
  )
  return [auto, ...aliasesOf(holder, known), ...rows.map(listed)]
}

/** The workspace's own names whose first model the key may call. */
const aliasesOf = (holder: KeyHolder, known: WorkspaceFacts): ListedModel[] =>
  [...known.aliases].flatMap(([name, models]) => {
    const [provider, model] = splitName(models[0]!)
    if (!known.configured.includes(provider) || !mayCall(holder, { provider, model })) return []
    return [{ id: name, owner: 'workspace', row: priceOf(provider, model, known.prices) ?? null }]
  })

const splitName = (name: string): [provider: string, model: string] => {
  const slash = name.indexOf('/')
  return [name.slice(0, slash), name.slice(slash + 1)]
}

const auto: ListedModel = { id: 'auto', owner: 'assay', row: null }

const listed = (row: PriceRow): ListedModel => ({ id: `${row.provider}/${row.model}`, owner: row.provider, row })

const findModel = (
  name: string,
  { holder, known, facts }: { holder: KeyHolder; known: WorkspaceFacts; facts: Facts },
): ListedModel => {
  if (name === 'auto') return auto
  const { candidates } = planCandidates(
    { model: name, inputTokens: 0, hasImages: false, complexity: 'simple' },
    facts.planFacts(holder, known),
  )
  const { provider, model } = candidates[0]!
  if (!known.configured.includes(provider) || !mayCall(holder, { provider, model })) {
    throw new AssayError('gateway.model_unknown', { model: name, suggestions: [] })
  }
  const row = known.prices.find((priced) => priced.provider === provider && priced.model === model)
  return row ? listed(row) : { id: `${provider}/${model}`, owner: provider, row: null }
}

const isForEmbeddings = ({ kind }: PriceRow): boolean => kind === 'embeddings'

const placeOf = (models: readonly ListedModel[], id: string, parameter: string): number => {
  const place = models.findIndex((model) => model.id === id)
  if (place < 0) throw invalid(parameter, 'it names no model of this list')
  return place
}

const wholeOf = (query: Query, name: string, { otherwise, most }: { otherwise: number; most: number }) => {
  const given = query.get(name)
  if (given === null || given === '') return otherwise
  const value = /^\d{1,6}$/.test(given) ? Number(given) : 0
  if (value < 1) throw invalid(name, `${JSON.stringify(given.slice(0, 20))} is not a whole number from 1 to ${most}`)
  return Math.min(value, most)
}

const invalid = (path: string, message: string) =>
  new AssayError('input.invalid', { what: 'query', issues: [{ path, message }] })
