import { ArrayFrames } from '../dialect/array-frames.ts'
import type { CallerDialect } from '../dialect/caller.ts'
import { ContentWriter, encodeContent } from './content-writer.ts'
import { readGenerateRequest } from './contents.ts'
import { decodeContents, type ContentsPlace } from './decode.ts'
import { contentsNames } from './decode-settings.ts'
import { googleDialect } from './google.ts'
import { refusals } from './refusals.ts'
import { ownContents } from './own-contents.ts'

/** Google's names of the statuses. */
const statuses: Record<number, string> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  402: 'RESOURCE_EXHAUSTED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  405: 'UNIMPLEMENTED',
  408: 'DEADLINE_EXCEEDED',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  504: 'DEADLINE_EXCEEDED',
}

const statusOf = (status: number): string => statuses[status] ?? (status >= 500 ? 'UNAVAILABLE' : 'INVALID_ARGUMENT')

/** The metadata of Google's errors are texts. */
const textsOf = (details: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(details).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  )

/** An error as Google's APIs tell it. */
export const contentsRefusal: CallerDialect['refusal'] = (
  status,
  { message, type, code, hint, details = {} },
  requestId,
) => {
  const own = [type, code].find((name) => name !== null && Object.hasOwn(refusals.types, name))
  const reason = code ?? type
  return JSON.stringify({
    error: {
      code: status,
      message,
      status: own ?? statusOf(status),
      details: [
        {
          '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
          ...(reason === null ? undefined : { reason }),
          domain: 'assay',
          metadata: { requestId, hint, ...textsOf(details) },
        },
      ],
    },
  })
}

/** Callers of `generateContent` and `streamGenerateContent`, whose path says the model and the form. */
export const contentsCaller = (place: ContentsPlace & { isArray?: boolean }): CallerDialect => {
  let showsThoughts = true
  return {
    operationName: 'generate_content',
    provider: 'google',
    dialect: googleDialect,
    isEnd: (data) => /"(?:finishReason|blockReason)"\s*:\s*"/.test(data),
    decode: (body) => {
      const request = readGenerateRequest(body)
      showsThoughts = request.generationConfig?.thinkingConfig?.includeThoughts !== false
      return decodeContents(request, place)
    },
    isModelInPath: true,
    ownBody: ownContents,
    names: contentsNames,
    whole: (completion) => encodeContent(completion, { showsThoughts }),
    stream: () => new ContentWriter({ showsThoughts }),
    refusal: contentsRefusal,
    brokenEvent: (body) => `data: ${body}\r\n\r\n`,
    ...(place.isArray ? { frames: () => new ArrayFrames() } : undefined),
  }
}
