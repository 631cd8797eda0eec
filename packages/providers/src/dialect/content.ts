import type { ChatMessage } from '@assay/core'
import { z } from 'zod'
import type { Drops } from './drops.ts'
import { untranslatable } from './untranslatable.ts'

/** One part of a message; what is not text is given as its bytes in base64, or as an address. */
export type ContentPart =
  | { kind: 'text'; text: string; cacheControl: object | null }
  | { kind: 'data'; mediaType: string; base64: string; cacheControl: object | null }
  | { kind: 'image_url'; url: string; cacheControl: object | null }

const ImageUrl = z.union([
  z.string().transform((url) => ({ url, detail: null })),
  z.looseObject({ url: z.string(), detail: z.string().nullish() }),
])
const Part = z.union([
  z.looseObject({ type: z.literal('text'), text: z.string() }),
  z.looseObject({ type: z.literal('refusal'), refusal: z.string() }),
  z.looseObject({ type: z.literal('image_url'), image_url: ImageUrl }),
  z.looseObject({
    type: z.literal('input_audio'),
    input_audio: z.looseObject({ data: z.string(), format: z.string() }),
  }),
  z.looseObject({ type: z.literal('file'), file: z.looseObject({ file_data: z.string() }) }),
])
type Part = z.infer<typeof Part>

/** Where a part stands, and who it is for. */
export type ContentPlace = { provider: string; path: string; drops: Drops }

/** Reads the content of a message; throws for a part that cannot be told in another dialect. */
export const readContent = ({ content }: Pick<ChatMessage, 'content'>, place: ContentPlace): ContentPart[] => {
  if (content === null || content === undefined) return []
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content, cacheControl: null }]
  return content.flatMap((given, index) => {
    const path = `${place.path}.content[${index}]`
    const parsed = Part.safeParse(given)
    if (!parsed.success) throw untranslatable(place.provider, path, `a part of type ${given.type} has no counterpart`)
    const part = readPart(parsed.data, { ...place, path })
    return part.kind === 'text' && part.text === '' ? [] : [part]
  })
}

const readPart = (part: Part, place: ContentPlace): ContentPart => {
  const hint = part['cache_control']
  const cacheControl = typeof hint === 'object' ? hint : null
  switch (part.type) {
    case 'text':
      return { kind: 'text', text: part.text, cacheControl }
    case 'refusal':
      return { kind: 'text', text: part.refusal, cacheControl }
    case 'input_audio':
      return {
        kind: 'data',
        mediaType: `audio/${part.input_audio.format}`,
        base64: part.input_audio.data,
        cacheControl,
      }
    case 'file': {
      const { mediaType, base64 } = readDataUrl(part.file.file_data, place)
      return { kind: 'data', mediaType, base64, cacheControl }
    }
    case 'image_url': {
      const { url, detail } = part.image_url
      if (detail && detail !== 'auto') place.drops.note('image_url.detail')
      if (url.startsWith('data:')) return { kind: 'data', ...readDataUrl(url, place), cacheControl }
      if (/^https:\/\//i.test(url)) return { kind: 'image_url', url, cacheControl }
      throw untranslatable(place.provider, place.path, 'an image is given as a data: or https: URL')
    }
  }
}

const readDataUrl = (url: string, { provider, path }: ContentPlace): { mediaType: string; base64: string } => {
  const comma = url.indexOf(',')
  const [, mediaType, parameters = ''] = /^data:([\w.+-]+\/[\w.+-]+)(;[^,]*)?$/i.exec(url.slice(0, comma)) ?? []
  if (mediaType === undefined) throw untranslatable(provider, path, 'it is not a data: URL with a media type')
  const data = url.slice(comma + 1)
  const isBase64 = /;base64$/i.test(parameters)
  const base64 = isBase64 ? data : Buffer.from(decodeURIComponent(data)).toString('base64')
  return { mediaType: mediaType.toLowerCase(), base64 }
}
