const MOST_CHARACTERS = 300

/** Text of a case or a model as Markdown that shows it and does nothing: no markup, no mention, no link, one line. */
export const markdownText = (text: string): string =>
  cut(text)
    .replace(/[\\`*_{}[\]|~<>&]/g, (letter) => (letter === '<' ? '&lt;' : letter === '&' ? '&amp;' : `\\${letter}`))
    // A mention would call the person, a bare address would be a link.
    .replace(/@/g, '@\u200B')
    .replace(/:\/\//g, ':\u200B//')

/** Text between backquotes, with more of them outside than inside. */
export const codeText = (text: string): string => {
  const line = cut(text).replaceAll('|', '¦')
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  const gap = line.startsWith('`') || line.endsWith('`') || line === '' ? ' ' : ''
  return `${fence}${gap}${line}${gap}${fence}`
}

const cut = (text: string): string => {
  // oxlint-disable-next-line no-control-regex -- these very characters are taken out
  const line = text.replace(/[\s\u0000-\u001f]+/g, ' ').trim()
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}…` : line
}
