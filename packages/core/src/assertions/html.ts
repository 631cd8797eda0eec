import { defineAssertion, verdictOf } from './define.ts'
import { excerpt } from './difference.ts'

/** The whole answer is HTML: known elements and no text outside of them. */
export const isHtml = defineAssertion({
  type: 'is-html',
  options: {},
  names: { 'is-html': () => ({}) },
  check: ({ text }) => {
    const problem = problemOf(text)
    return problem === null
      ? verdictOf(true, 'is HTML')
      : verdictOf(false, `Expected output to be valid HTML: ${problem}`, { expected: 'HTML', actual: excerpt(text) })
  },
})

/** The answer holds HTML somewhere: at least two points of what tells HTML from other angle brackets. */
export const containsHtml = defineAssertion({
  type: 'contains-html',
  options: {},
  names: { 'contains-html': () => ({}) },
  check: ({ text }) => {
    const points = signs.reduce((sum, sign) => sum + sign(text), 0)
    return points >= 2
      ? verdictOf(true, `contains HTML (${points} points)`)
      : verdictOf(false, 'Expected output to contain HTML content', { expected: 'HTML', actual: excerpt(text) })
  },
})

const voidElements = 'area base br col embed hr img input link meta source track wbr'.split(' ')
const knownElements = new Set([
  ...voidElements,
  ...(
    'a abbr acronym address article aside audio b bdi bdo big blink blockquote body button canvas caption center cite ' +
    'code colgroup data datalist dd del details dfn dialog dir div dl dt em fieldset figcaption figure font footer form ' +
    'frame frameset h1 h2 h3 h4 h5 h6 head header hgroup html i iframe ins kbd label legend li main map mark marquee math ' +
    'menu meter nav noframes noscript object ol optgroup option output p param picture pre progress q rp rt ruby s samp ' +
    'script search section select slot small span strike strong style sub summary sup svg table tbody td template ' +
    'textarea tfoot th thead time title tr tt u ul var video'
  ).split(' '),
])

// One white space then anything: two open-ended runs side by side would cost quadratic time on a hostile text.
const openingTag = /<[a-zA-Z][a-zA-Z0-9-]*(?:\s[^<>]*)?>/
const closingTag = /<\/[a-zA-Z][a-zA-Z0-9-]*\s*>/
const commonTag =
  /<(?:html|head|body|div|span|p|a|img|h[1-6]|ul|ol|li|table|tr|td|th|form|input|button|script|style|link|meta|br|hr)\b/i

/** What points to HTML, and how much. */
const signs: ((text: string) => number)[] = [
  (text) => Number(openingTag.test(text)) + Number(closingTag.test(text)),
  (text) => Number(/<[a-zA-Z][a-zA-Z0-9-]*(?:\s[^<>]*)?\/>/.test(text)),
  (text) => Number(/&(?:[a-zA-Z]{2,32}|#\d{1,7}|#x[0-9a-fA-F]{1,6});/.test(text)),
  (text) => (/<!DOCTYPE\s{1,20}html/i.test(text) ? 2 : 0),
  (text) => Number(text.includes('<!--') && text.includes('-->', text.indexOf('<!--') + 4)),
  (text) => Number(/\s[a-zA-Z-]{1,64}\s{0,8}=\s{0,8}["'][^"']{0,10000}["']/.test(text)),
  (text) => (commonTag.test(text) ? 2 : 0),
]

const token = /<!--[^]*?-->|<![^<>]*>|<(\/?)([a-zA-Z][a-zA-Z0-9-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>|[^<]+|</g

const problemOf = (text: string): string | null => {
  const trimmed = text.trim()
  if (trimmed === '') return 'it is empty'
  if (/^<\?xml\b/i.test(trimmed)) return 'it is XML'
  if (trimmed.includes('<!--') && !trimmed.includes('-->')) return 'a comment has no end'
  const open: string[] = []
  let hasKnown = false
  for (const [whole, closing, name, attributes] of trimmed.matchAll(token)) {
    if (name === undefined) {
      // A space that does not break is a space.
      const isText = !whole.startsWith('<!') && whole.replace(/&(?:nbsp|#160|#xa0);/gi, ' ').trim() !== ''
      if (isText && open.length === 0) return `text outside of tags: ${excerpt(whole.trim())}`
      continue
    }
    const element = name.toLowerCase()
    // An element with a hyphen in its name is a custom one, which HTML knows how to keep.
    hasKnown ||= !closing && (knownElements.has(element) || element.includes('-'))
    if (closing) {
      const index = open.lastIndexOf(element)
      if (index !== -1) open.length = index
    } else if (!voidElements.includes(element) && !attributes!.endsWith('/')) {
      open.push(element)
    }
  }
  return hasKnown ? null : 'it has no element that HTML knows'
}
