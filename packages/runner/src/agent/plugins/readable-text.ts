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
    const lower = rest.toLowerCase()
    let kept = ''
    let from = 0
    for (let at = lower.indexOf(begin); at >= 0; at = lower.indexOf(begin, from)) {
      const close = lower.indexOf(end, at + begin.length)
      kept += rest.slice(from, at)
      from = close < 0 ? rest.length : close + end.length
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

/** Marks as the breaks they make, links with where they lead. */
const blocks = (html: string): string =>
  html
    .replaceAll(/<(?:br|\/p|\/div|\/li|\/tr|\/h[1-6]|\/section|\/article|\/ul|\/ol|\/table)[^<>]*>/gi, '\n')
    .replaceAll(/<h([1-6])[^<>]*>/gi, (_, level: string) => `\n${'#'.repeat(Number(level))} `)
    .replaceAll(/<li[^<>]*>/gi, '\n- ')
    .replaceAll(/<\/?[a-z!][^<>]*>/gi, '')
