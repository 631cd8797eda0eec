import { CARRIED_MARK, isCarried } from '../dialect/carried.ts'

type Json = Record<string, unknown>

/**
 * A caller's own body for OpenAI itself, without the reasoning of other models, which it could not decrypt. A body
 * without any is passed on as it is.
 */
export const ownInput = (bytes: Buffer): Buffer => {
  if (!bytes.includes(CARRIED_MARK)) return bytes
  const body = JSON.parse(bytes.toString('utf8')) as Json
  if (!Array.isArray(body['input'])) return bytes
  body['input'] = (body['input'] as unknown[]).filter((item) => !isForeign(item))
  return Buffer.from(JSON.stringify(body))
}

const isForeign = (item: unknown): boolean => {
  if (typeof item !== 'object' || item === null) return false
  const { type, encrypted_content: content } = item as Json
  return type === 'reasoning' && typeof content === 'string' && isCarried(content)
}
