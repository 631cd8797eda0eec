import { parseElement, xmlName, type XmlElement } from './xml.ts'

/** How far into a broken element we look for a whole one. */
const MAX_TRIES = 16

/** The outermost well-formed elements in prose, found in one pass over the tags. */
export const outermostElements = (text: string): XmlElement[] => {
  const pairs = pairedTags(text)
  const found: XmlElement[] = []
  let done = 0
  let tries = 0
  for (const { start, end } of pairs) {
    if (start < done) continue
    const element = parseElement(text.slice(start, end))
    if (!element && ++tries > MAX_TRIES) break
    if (!element) continue
    found.push(element)
    done = end
  }
  return found
}

type Pair = { start: number; end: number }

const tag = new RegExp(String.raw`<(?:!--|!\[CDATA\[|\?|(/)?(${xmlName})((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>)`, 'uy')

const endOf: Record<string, string> = { '<!--': '-->', '<![CDATA[': ']]>', '<?': '?>' }

/** Where each tag and its closing tag are, the outer before the inner. */
const pairedTags = (text: string): Pair[] => {
  const open: { name: string; start: number }[] = []
  const pairs: Pair[] = []
  for (let at = text.indexOf('<'); at !== -1; at = text.indexOf('<', at)) {
    tag.lastIndex = at
    const match = tag.exec(text)
    if (!match) {
      at++
      continue
    }
    const [whole, closing, name, attributes = ''] = match
    const end = endOf[whole]
    if (end !== undefined) {
      const found = text.indexOf(end, at)
      if (found === -1) break
      at = found + end.length
      continue
    }
    const after = at + whole.length
    if (closing) {
      // A stray closing tag leaves no element around it whole.
      if (open.at(-1)?.name === name) pairs.push({ start: open.pop()!.start, end: after })
      else open.length = 0
    } else if (attributes.trimEnd().endsWith('/')) {
      pairs.push({ start: at, end: after })
    } else {
      open.push({ name: name!, start: at })
    }
    at = after
  }
  return pairs.toSorted((a, b) => a.start - b.start || b.end - a.end)
}
