import { CARRIED_MARK, isCarried, unpackCarried } from '../dialect/carried.ts'
import { FOREIGN_SIGNATURE } from './signature.ts'

type Json = Record<string, unknown>

/**
 * A caller's own body for Google itself, without the signatures in which it carries what other providers want back.
 * A body without any is passed on as it is.
 */
export const ownContents = (bytes: Buffer): Buffer => {
  if (!bytes.includes(CARRIED_MARK)) return bytes
  const body = JSON.parse(bytes.toString('utf8')) as Json
  for (const content of listOf(body['contents'])) {
    for (const part of listOf(content['parts'])) restore(part)
  }
  return Buffer.from(JSON.stringify(body))
}

const listOf = (value: unknown): Json[] =>
  (Array.isArray(value) ? (value as unknown[]) : [value]).filter(
    (item): item is Json => typeof item === 'object' && item !== null,
  )

const restore = (part: Json): void => {
  const name = 'thought_signature' in part ? 'thought_signature' : 'thoughtSignature'
  const given = part[name]
  if (typeof given !== 'string' || !isCarried(given)) return
  const carried = unpackCarried(given)
  const own = carried?.call?.['google']?.['thought_signature'] ?? carried?.message?.['google']?.['thought_signature']
  if (typeof own === 'string') part[name] = own
  else if ('functionCall' in part || 'function_call' in part) part[name] = FOREIGN_SIGNATURE
  else Reflect.deleteProperty(part, name)
}
