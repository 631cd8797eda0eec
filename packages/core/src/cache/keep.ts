import type { FinishReason } from '../gateway/chat.ts'
import { MAX_CACHED_BYTES } from './mode.ts'

/** True for an answer that may be given again: whole, ended by the model itself, untouched by guards, not too large. */
export const isKeepable = (answer: {
  status: string
  finishReason: FinishReason | null
  isGuarded: boolean
  sizeBytes: number
}): boolean =>
  answer.status === 'completed' &&
  (answer.finishReason === 'stop' || answer.finishReason === 'tool_calls') &&
  !answer.isGuarded &&
  answer.sizeBytes <= MAX_CACHED_BYTES
