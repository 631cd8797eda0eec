/** The words of a page, without what is there for the browser. */
export const readableText = (html: string): string =>
  entities
    .reduce((text, { entity, character }) => text.replaceAll(entity, character), blocks(withoutHidden(html)))
    .replaceAll(/[^\S\n]+/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()

const entities = [
  { entity: '&nbsp;', character: ' ' },
  { entity: '&lt;', character: '<' },
  { entity: '&gt;', character: '>' },
  { entity: '&quot;', character: '"' },
  { entity: '&#39;', character: "'" },
  // The last one, else `&amp;lt;` would become a mark.
  { entity: '&amp;', character: '&' },
] as const

/** Elements whose text nobody reads. Found by their ends, one after the other: a pattern over all of it could be made slow. */
const withoutHidden = (html: string): string => {
  let rest = html
  for (const [begin, end] of hidden) {
    let at = indexOf(rest, begin, 0)
    let kept = ''
    let from = 0
    while (at >= 0) {
      kept += rest.slice(from, at)
      const close = indexOf(rest, end, at + begin.length)
      from = close < 0 ? rest.length : close + end.length
      at = close < 0 ? -1 : indexOf(rest, begin, from)
    }
    rest = kept + rest.slice(from)
  }
  return rest
}

const hidden = [
  ['<!--', '-->'],
  ['<script', '</script>'],
  ['<style', '</style>'],
  ['<noscript', '</noscript>'],
  ['<svg', '</svg>'],
] as const

const indexOf = (text: string, wanted: string, from: number): number => {
  for (let at = text.indexOf('<', from); at >= 0; at = text.indexOf('<', at + 1)) {
    if (text.startsWith(wanted[0]!, at) && text.slice(at, at + wanted.length).toLowerCase() === wanted) return at
  }
  return wanted.startsWith('<') ? -1 : text.indexOf(wanted, from)
}

/** Marks as the breaks they make, links with where they lead. */
const blocks = (html: string): string =>
  html
    .replaceAll(/<(?:br|\/p|\/div|\/li|\/tr|\/h[1-6]|\/section|\/article|\/ul|\/ol|\/table)[^<>]*>/gi, '\n')
    .replaceAll(/<h([1-6])[^<>]*>/gi, (_, level: string) => `\n${'#'.repeat(Number(level))} `)
    .replaceAll(/<li[^<>]*>/gi, '\n- ')
    .replaceAll(/<\/?[a-z!][^<>]*>/gi, '')
