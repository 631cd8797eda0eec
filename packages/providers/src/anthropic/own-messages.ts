import { CARRIED_MARK, isCarried } from '../dialect/carried.ts'

type Json = Record<string, unknown>

/** True for thinking that Anthropic itself made; what other models thought has no signature, or one that is ours. */
export const isOwnThinking = ({ type, signature, data }: Json): boolean => {
  if (type === 'thinking') return typeof signature === 'string' && signature !== ''
  return !(typeof data === 'string' && isCarried(data))
}

/**
 * A caller's own body for Anthropic itself, without the thinking of other models, whose signatures it would refuse. A
 * body without any is passed on as it is.
 */
export const ownMessages = (bytes: Buffer): Buffer => {
  if (!bytes.includes(CARRIED_MARK) && !unsigned.test(bytes.toString('latin1'))) return bytes
  const body = JSON.parse(bytes.toString('utf8')) as Json
  for (const message of listOf(body['messages'])) {
    const { content } = message
    if (message['role'] !== 'assistant' || !Array.isArray(content)) continue
    message['content'] = listOf(content).filter(
      (block) => (block['type'] !== 'thinking' && block['type'] !== 'redacted_thinking') || isOwnThinking(block),
    )
  }
  body['messages'] = listOf(body['messages']).filter(({ content }) => !Array.isArray(content) || content.length > 0)
  return Buffer.from(JSON.stringify(body))
}

const unsigned = /"signature"\s*:\s*""/

const listOf = (value: unknown): Json[] =>
  Array.isArray(value)
    ? (value as unknown[]).filter((item): item is Json => typeof item === 'object' && item !== null)
    : []
