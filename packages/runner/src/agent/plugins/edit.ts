import { z } from 'zod'

/** Replacements in a text, one after the other. */
export const Edits = z
  .array(z.object({ oldText: z.string().min(1), newText: z.string() }))
  .min(1)
  .max(100)

/** The text with the replacements made, and what changed; throws for one whose text is not there, or there twice. */
export const edited = (text: string, edits: z.infer<typeof Edits>): { text: string; difference: string } => {
  const changes: string[] = []
  let rest = text
  for (const [index, { oldText, newText }] of edits.entries()) {
    const [at, last] = [rest.indexOf(oldText), rest.lastIndexOf(oldText)]
    if (at < 0) throw new Error(`edit ${index + 1}: its oldText does not stand in the file`)
    if (at !== last) throw new Error(`edit ${index + 1}: its oldText stands in the file more than once`)
    rest = rest.slice(0, at) + newText + rest.slice(at + oldText.length)
    changes.push(marked('-', oldText), marked('+', newText))
  }
  return { text: rest, difference: changes.join('\n') }
}

const marked = (sign: string, text: string): string =>
  text
    .split('\n')
    .map((line) => `${sign} ${line}`)
    .join('\n')
