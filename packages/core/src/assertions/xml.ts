/** An element: its name, what stands in it, and where it ends. */
export type XmlElement = { name: string; children: XmlElement[]; hasText: boolean }

/** Reads one whole document, strictly: one root, every tag closed, no internal DTD subset. */
export const parseXml = (text: string): { root: XmlElement } | { problem: string } => {
  const reader = new Reader(text.startsWith('\uFEFF') ? text.slice(1) : text)
  try {
    return { root: reader.document() }
  } catch (error) {
    if (error instanceof XmlProblem) return { problem: error.message }
    throw error
  }
}

/** Reads the one element that the text consists of, entities of a DTD refused. */
export const parseElement = (text: string): XmlElement | null => {
  const reader = new Reader(text)
  try {
    const element = reader.element()
    return reader.at === text.length ? element : null
  } catch (error) {
    if (error instanceof XmlProblem) return null
    throw error
  }
}

class XmlProblem extends Error {}

// XML 1.0 §2.3
const nameStart = String.raw`:_A-Za-z\xC0-\xD6\xD8-\xF6\xF8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C\u200D\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\u{10000}-\u{EFFFF}`
export const xmlName = String.raw`[${nameStart}][${nameStart}\-.0-9\xB7\u0300-\u036F\u203F\u2040]*`

const patterns = {
  name: new RegExp(xmlName, 'uy'),
  space: /[ \t\r\n]+/y,
  declaration: /<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"[^"<]*"|'[^'<]*')[^?<>]*\?>/y,
  doctype: new RegExp(
    String.raw`<!DOCTYPE[ \t\r\n]+${xmlName}(?:[ \t\r\n]+(?:(SYSTEM)|(PUBLIC)[ \t\r\n]+(?:"[ \r\na-zA-Z0-9'()+,./:=?;!*#@$_%-]*"|'[ \r\na-zA-Z0-9()+,./:=?;!*#@$_%-]*'))[ \t\r\n]+(?:"[^"#]*"|'[^'#]*'))?[ \t\r\n]*>`,
    'uy',
  ),
  reference: new RegExp(String.raw`&(?:#(?:\d+|x[0-9a-fA-F]+)|(${xmlName}));`, 'uy'),
  // XML 1.0 §2.2
  // oxlint-disable-next-line no-control-regex
  forbidden: /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/,
}

const predefined = new Set(['lt', 'gt', 'amp', 'apos', 'quot'])

class Reader {
  readonly #text: string
  at = 0
  /** An external DTD may declare entities we never load. */
  #mayDeclareEntities = false

  constructor(text: string) {
    this.#text = text
  }

  document(): XmlElement {
    if (patterns.forbidden.test(this.#text)) this.#fail('a character that XML does not allow')
    const declaration = this.#take(patterns.declaration)
    const isStandalone = /standalone\s*=\s*["']yes/.test(declaration?.[0] ?? '')
    let root: XmlElement | null = null
    let doctypes = 0
    for (;;) {
      this.#take(patterns.space)
      if (this.at >= this.#text.length) break
      if (this.#skipped()) continue
      if (this.#text.startsWith('<!DOCTYPE', this.at)) {
        if (root || doctypes++ > 0) this.#fail('a DOCTYPE out of place')
        const doctype = this.#doctype()
        this.#mayDeclareEntities = Boolean(doctype[1] ?? doctype[2]) && !isStandalone
        continue
      }
      if (this.#text[this.at] !== '<') this.#fail('text data outside of root node')
      if (root) this.#fail('more than one root element')
      root = this.element()
    }
    return root ?? this.#fail('document must contain a root element')
  }

  /** One element with all below it; a stack of our own, so that depth costs no call stack. */
  element(): XmlElement {
    const open: XmlElement[] = []
    for (;;) {
      if (this.#text.startsWith('</', this.at)) {
        const done = this.#closeTag(open)
        if (open.length === 0) return done
      } else if (this.#text.startsWith('<![CDATA[', this.at) && open.length > 0) {
        this.#jumpPast(']]>', 'CDATA')
        open.at(-1)!.hasText = true
      } else if (open.length > 0 && this.#skipped()) {
        continue
      } else if (this.#text[this.at] === '<') {
        const { element, isClosed } = this.#openTag()
        open.at(-1)?.children.push(element)
        if (!isClosed) open.push(element)
        else if (open.length === 0) return element
      } else if (open.length === 0) {
        this.#fail('an element was expected')
      } else {
        this.#characters(open.at(-1)!)
      }
    }
  }

  #openTag(): { element: XmlElement; isClosed: boolean } {
    this.at++
    const name = this.#need(patterns.name, 'a name after <')[0]
    const seen = new Set<string>()
    for (;;) {
      const space = this.#take(patterns.space)
      const isClosed = this.#text.startsWith('/>', this.at)
      if (isClosed || this.#text[this.at] === '>') {
        this.at += isClosed ? 2 : 1
        return { element: { name, children: [], hasText: false }, isClosed }
      }
      if (!space) this.#fail(`white space between the attributes of <${name}>`)
      const attribute = this.#need(patterns.name, `an attribute of <${name}>`)[0]
      if (seen.has(attribute)) this.#fail(`attribute ${attribute} twice`)
      seen.add(attribute)
      this.#take(patterns.space)
      if (this.#text[this.at++] !== '=') this.#fail(`attribute ${attribute} without a value`)
      this.#take(patterns.space)
      this.#attributeValue(attribute)
    }
  }

  #attributeValue(attribute: string): void {
    const quote = this.#text[this.at]
    if (quote !== '"' && quote !== "'") this.#fail(`attribute ${attribute} without quotes`)
    const end = this.#text.indexOf(quote, this.at + 1)
    if (end === -1) this.#fail(`attribute ${attribute} without an end`)
    this.#checkText(this.#text.slice(this.at + 1, end))
    this.at = end + 1
  }

  #closeTag(open: XmlElement[]): XmlElement {
    this.at += 2
    const name = this.#need(patterns.name, 'a name after </')[0]
    this.#take(patterns.space)
    if (this.#text[this.at++] !== '>') this.#fail(`an end of </${name}`)
    const element = open.pop()
    return element?.name === name ? element : this.#fail(`</${name}> closes <${element?.name ?? 'nothing'}>`)
  }

  #characters(parent: XmlElement): void {
    const next = this.#text.indexOf('<', this.at)
    if (next === -1) this.#fail(`unclosed tag: ${parent.name}`)
    const text = this.#text.slice(this.at, next)
    if (text.includes(']]>')) this.#fail(']]> in text')
    this.#checkText(text)
    if (text.trim() !== '') parent.hasText = true
    this.at = next
  }

  #checkText(text: string): void {
    if (text.includes('<')) this.#fail('< in an attribute')
    for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) {
      patterns.reference.lastIndex = at
      const [, name] = patterns.reference.exec(text) ?? this.#fail('a bare &')
      if (name !== undefined && !predefined.has(name) && !this.#mayDeclareEntities)
        this.#fail(`undefined entity: ${name}`)
    }
  }

  #doctype(): RegExpExecArray {
    const declaration = this.#take(patterns.doctype)
    if (declaration) return declaration
    const unquoted = this.#text.slice(this.at).replace(/"[^"]*"|'[^']*'/g, '')
    const bracket = unquoted.indexOf('[')
    const end = unquoted.indexOf('>')
    if (bracket !== -1 && (end === -1 || bracket < end)) this.#fail('DTD internal subsets are not supported')
    return this.#fail('Malformed DOCTYPE declaration')
  }

  /** Steps over a comment or a processing instruction. */
  #skipped(): boolean {
    if (this.#text.startsWith('<!--', this.at)) {
      const dashes = this.#text.indexOf('--', this.at + 4)
      if (dashes === -1 || this.#text[dashes + 2] !== '>') this.#fail('malformed comment')
      this.at = dashes + 3
      return true
    }
    if (!this.#text.startsWith('<?', this.at)) return false
    if (/^<\?xml[\s?]/i.test(this.#text.slice(this.at, this.at + 6))) this.#fail('an XML declaration after the start')
    this.#jumpPast('?>', 'processing instruction')
    return true
  }

  #jumpPast(end: string, what: string): void {
    const found = this.#text.indexOf(end, this.at)
    if (found === -1) this.#fail(`${what} without an end`)
    this.at = found + end.length
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at
    const match = pattern.exec(this.#text)
    if (match) this.at = pattern.lastIndex
    return match
  }

  #need(pattern: RegExp, what: string): RegExpExecArray {
    return this.#take(pattern) ?? this.#fail(`${what} is missing`)
  }

  #fail(problem: string): never {
    const before = this.#text.slice(0, this.at).split('\n')
    throw new XmlProblem(`${before.length}:${before.at(-1)!.length + 1}: ${problem}`)
  }
}
