import type { FinishReason } from '../gateway/chat.ts'
import { MAX_CACHED_BYTES } from './mode.ts'

/** True for an answer that may be given again: ended by the model itself, untouched by guards, not too large. */
export const isKeepable = (answer: {
  finishReason: FinishReason | null
  isGuarded: boolean
  sizeBytes: number
}): boolean =>
  (answer.finishReason === 'stop' || answer.finishReason === 'tool_calls') &&
  !answer.isGuarded &&
  answer.sizeBytes <= MAX_CACHED_BYTES
