import { z } from 'zod'
import type { Losses } from './losses.ts'

/** A part of a message of the Responses API; each kind has fields of its own. */
export const ItemPart = z.looseObject({ type: z.string() })
export type ItemPart = z.infer<typeof ItemPart>

/** A part as chat completions write it. */
export type ChatPart = { type: string; [field: string]: unknown }

const Text = z.looseObject({ text: z.string() })
const Image = z.looseObject({ image_url: z.string(), detail: z.string().nullish() })
const File = z.looseObject({ file_data: z.string(), filename: z.string().nullish() })
const Audio = z.looseObject({ input_audio: z.looseObject({ data: z.string(), format: z.string() }) })

/** The parts that have a counterpart; what has none is noted, and left out of what other providers get. */
export const chatParts = (parts: readonly ItemPart[], path: string, losses: Losses): ChatPart[] =>
  parts.flatMap((part, index) => {
    const told = readers[part.type]?.(part)
    if (told) return [told]
    losses.only(`${path}[${index}]`, reasonOf(part))
    return []
  })

const text = (part: ItemPart): ChatPart | null => {
  const parsed = Text.safeParse(part)
  return parsed.success ? { type: 'text', text: parsed.data.text } : null
}

const readers: Record<string, (part: ItemPart) => ChatPart | null> = {
  input_text: text,
  output_text: text,
  text,
  summary_text: text,
  refusal: ({ refusal }) => (typeof refusal === 'string' ? { type: 'refusal', refusal } : null),
  input_image: (part) => {
    const parsed = Image.safeParse(part)
    if (!parsed.success) return null
    const { image_url: url, detail } = parsed.data
    return { type: 'image_url', image_url: { url, ...(detail && detail !== 'auto' ? { detail } : undefined) } }
  },
  input_file: (part) => {
    const parsed = File.safeParse(part)
    if (!parsed.success) return null
    const { filename, file_data } = parsed.data
    return { type: 'file', file: { filename: filename ?? 'document', file_data } }
  },
  input_audio: (part) => {
    const parsed = Audio.safeParse(part)
    return parsed.success ? { type: 'input_audio', input_audio: parsed.data.input_audio } : null
  },
}

const reasonOf = (part: ItemPart): string => {
  if (typeof part['file_id'] === 'string') return 'the file is stored at OpenAI'
  if (typeof part['file_url'] === 'string') return 'a file is given as data there, not as an address'
  return `a part of type ${part.type} has no counterpart`
}
