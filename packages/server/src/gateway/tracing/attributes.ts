import { genAi, own } from './names.ts'

/** What an attribute may hold; one without a value is left out. */
export type AttributeValue = string | number | boolean | readonly string[] | null | undefined
export type Attributes = Record<string, AttributeValue>

/** One attribute in OTLP's JSON. */
export type OtlpAttribute = { key: string; value: Record<string, unknown> }

/** An attribute has one type throughout: these are fractions also where they happen to be whole. */
const fractions: ReadonlySet<string> = new Set([
  genAi.requestTemperature,
  genAi.requestTopP,
  genAi.requestFrequencyPenalty,
  genAi.requestPresencePenalty,
  genAi.responseTimeToFirstChunk,
  own.costUsd,
  own.baselineCostUsd,
  own.savingUsd,
  own.cacheSavedUsd,
  own.attemptCostUsd,
])

/** Attributes as OTLP writes them in JSON, where a 64-bit integer is a text. */
export const otlpAttributes = (attributes: Attributes): OtlpAttribute[] =>
  Object.entries(attributes).flatMap(([key, value]) =>
    value === null || value === undefined ? [] : [{ key, value: otlpValue(key, value) }],
  )

const otlpValue = (key: string, value: NonNullable<AttributeValue>): Record<string, unknown> => {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number') return fractions.has(key) ? { doubleValue: value } : { intValue: String(value) }
  return { arrayValue: { values: value.map((text) => ({ stringValue: text })) } }
}
