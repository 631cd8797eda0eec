const excerpt =
  /Unexpected (?:token|identifier|string|number) ?(?:'(.{1,2}?)'|"(.{1,8}?)"|(\S{1,2}))?(?:,| in JSON at position \d{1,9}:?)? ?((?:\.{3})?["'][\s\S]{0,80}?["'](?:\.{3})?)? ?is not valid JSON|Unexpected token (\S) in JSON at position \d{1,9}|"([\s\S]{1,60}?)"(?:\.{3})? is not valid JSON/

/**
 * Of a JSON.parse error only the class of the bad token tells causes apart: an excerpt is another one at each occurrence.
 */
export const maskJsonExcerpt = (message: string): string => {
  if (!message.includes('JSON')) return message
  return message.replace(excerpt, (found: string, ...parts: unknown[]) => {
    const [single, double, bare, quoted, old, whole] = parts as (string | undefined)[]
    const token = single ?? double ?? bare ?? old
    return `Unexpected ${tokenClass(token, quoted ?? whole ?? '')} is not valid JSON${found.includes('in JSON at') ? ' <position>' : ''}`
  })
}

const classes: { pattern: RegExp; name: string }[] = [
  { pattern: /^`/, name: 'fence' },
  { pattern: /^</, name: 'markup' },
  { pattern: /^\[object |^o, "?\[object /, name: '[object Object]' },
  { pattern: /^(?:undefined|u$)/, name: 'undefined' },
  { pattern: /^(?:NaN|-?Infinity)/, name: 'NaN' },
  { pattern: /^(?:None|True|False)/, name: 'Python literal' },
  { pattern: /^(?:data|event): ?/, name: 'event stream' },
  { pattern: /^[^A-Za-z]/, name: '' },
]

/** What the parser met: the bad token, or the word that it begins. */
const tokenClass = (token: string | undefined, quoted: string): string => {
  const text = quoted.replace(/^(?:\.{3})?["']/, '').replace(/["'](?:\.{3})?$/, '')
  const word = token === undefined ? text : wordAt(text, token)
  const known = classes.find(({ pattern }) => pattern.test(word))
  if (known) return known.name || `'${token ?? word[0]}'`
  const startsText = text.trimStart().startsWith(word)
  return startsText || text === '' ? 'prose' : 'bare word'
}

const wordAt = (text: string, token: string): string => {
  if (text.startsWith('[object ') && (token === 'o' || token === 'object')) return text
  if (!/^[A-Za-z]+$/.test(token)) return token
  const start = new RegExp(`(?<![A-Za-z"'])${token}[A-Za-z:]*`).exec(text)
  return start?.[0] ?? token
}
