import { contentsCaller, embedContentsCaller } from '@assay/providers'
import { onCaller, type ChatPlane } from '../chat/chat.ts'
import type { DataPlaneCall } from '../entry/data-plane.ts'
import { modelNameOf } from './models.ts'

/** Takes a call of Gemini's dialect: the model stands in its path, and the form of a stream in its query. */
const onContents =
  (isStream: boolean) =>
  (plane: ChatPlane, call: DataPlaneCall): Promise<void> => {
    const isArray = isStream && call.query.get('alt') !== 'sse'
    const caller = contentsCaller({ model: modelNameOf(call.params['model']!), isStream, isArray })
    return onCaller(caller)(plane, call)
  }

/** `POST /v1beta/models/{model}:generateContent`. */
export const onGenerateContent = onContents(false)

/** `POST /v1beta/models/{model}:streamGenerateContent`. */
export const onStreamGenerateContent = onContents(true)

const onEmbed =
  (isBatch: boolean) =>
  (plane: ChatPlane, call: DataPlaneCall): Promise<void> =>
    onCaller(embedContentsCaller({ model: modelNameOf(call.params['model']!), isBatch }))(plane, call)

/** `POST /v1beta/models/{model}:embedContent`. */
export const onEmbedContent = onEmbed(false)

/** `POST /v1beta/models/{model}:batchEmbedContents`. */
export const onBatchEmbedContents = onEmbed(true)
