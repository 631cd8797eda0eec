import { maskJsonExcerpt } from './json-errors.ts'
import { type Literal, readLiteral } from './literal.ts'

/** An error's own words, freed of what loggers, transports and serialisers put round them. */
export type Unwrapped = {
  /** Class in front of the message, without its package; '' when none was printed. */
  errorType: string
  /** The class with its package, as printed: `json.decoder.JSONDecodeError`. */
  qualifiedType: string
  /** Everything after the class, on one line, with objects as `{key: value}` in the order of their keys. */
  text: string
  /** What the innermost error says, else the text. */
  innermost: string
  /** The code printed beside the class: `ERR_MODULE_NOT_FOUND`; '' when none was. */
  code: string
  /** Codes and types found on the way in: `insufficient_quota`, `ERR_MODULE_NOT_FOUND`. */
  codes: string[]
}

const CAP_CHARACTERS = 8_192
const MAX_OBJECTS = 8
const MAX_NESTING = 4

/** Unwraps a message: log prefix, trace suffix, stack lines, class, then JSON however it was quoted. */
export const unwrap = (message: string, name = ''): Unwrapped => {
  const plain = withoutStack(withoutLogFrame(withoutColour(message.slice(0, CAP_CHARACTERS))))
  const printed = printedClass(plain)
  const found: Found = { codes: printed.code ? [printed.code] : [], message: '', depth: -1 }
  const text = oneLine(flatten(maskJsonExcerpt(printed.rest), found, 0))
  return {
    qualifiedType: printed.qualifier + printed.name,
    errorType: printed.name || (name === 'Error' ? name : lastPart(name)),
    text,
    innermost: oneLine(found.message) || text,
    code: printed.code,
    codes: found.codes,
  }
}

// oxlint-disable-next-line no-control-regex -- terminals colour their errors with escape sequences
const colour = /\x1b\[[0-9;]{0,16}[A-Za-z]/g
const withoutColour = (text: string): string => (text.includes('\x1b') ? text.replace(colour, '') : text)

const logPrefixes = [
  /^\s+/,
  /^\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?\]?:?(?: [-|])?/,
  /^\[?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\]?(?= )/,
  /^\[(?:job|task|worker|pid|thread|req|request|trace|span|build|run|step|session|conn)[ :=#-]?[\w:.-]{1,64}\]:?/i,
  /^\[(?:error|err|warn|warning|fatal|critical|info|debug|trace)\]:?/i,
  /^(?:ERROR|WARN|WARNING|FATAL|CRITICAL|INFO|DEBUG) (?=\[|[\w.]{1,40} - )/,
]
const traceSuffix =
  /\s?[[(](?:trace|trace[ _-]?id|request|request[ _-]?id|req|req[ _-]?id|x-request-id|correlation[ _-]?id|span|span[ _-]?id|event[ _-]?id|job|session)\s?[:=#]?\s?[\w:./-]{1,80}[\])]\s?$/i

const withoutLogFrame = (text: string): string => {
  let rest = text
  for (let before = ''; before !== rest;) {
    before = rest
    for (const prefix of logPrefixes) rest = rest.replace(prefix, '')
  }
  rest = rest.trimEnd()
  for (let before = ''; before !== rest && /[\])]$/.test(rest);) {
    before = rest
    const tail = rest.slice(-140)
    rest = rest.slice(0, rest.length - tail.length) + tail.replace(traceSuffix, '')
  }
  // A message of nothing but log frame is its own message.
  return rest.trim() || text.trim()
}

const stackLine =
  /^\s{1,16}at \S|^\s{1,16}File "|^\s{1,16}\^+\s?$|^\s{1,8}~+\^|^\s{0,12}>?\s{0,4}\d{0,6}\s?[│|](?:\s|$)|^\s{0,16}[╵╰·]/
const pythonError = /^[A-Za-z_][\w.]{0,120}(?:Error|Exception|Exit|Interrupt|Warning|Timeout)\b/

/** Drops the frames that some put into the message; of a Python traceback the last error stays. */
const withoutStack = (text: string): string => {
  if (!text.includes('\n')) return text
  let lines = text.split('\n')
  if (text.includes('Traceback (most recent call last)')) {
    const last = lines.findLastIndex((line) => pythonError.test(line))
    if (last > 0) lines = lines.slice(last)
  }
  const kept = lines.filter((line) => !stackLine.test(line))
  return kept.length > 0 ? kept.join('\n') : text
}

const announcement = /^(?:Uncaught(?: \(in promise\))?|Unhandled(?: promise)? rejection:?|Unhandled exception:?)\s/i
const classPattern = /^((?:[A-Za-z_$][\w$]{0,60}\.){0,8})([A-Za-z_$][\w$]{0,80})(?: \[([\w.-]{1,60})\])?(?::\s|:?$)/
const classEnding = /(?:Error|Exception|Timeout|Warning|Failure|Fault|Interrupt|Exit|Panic|Rejection|Abort)\d?$/

/** `openai.BadRequestError: …` is `BadRequestError` and the rest; a chain keeps all but its first class in the rest. */
const printedClass = (text: string): { qualifier: string; name: string; code: string; rest: string } => {
  const start = announcement.exec(text)?.[0].length ?? 0
  const own = text.slice(start)
  const match = classPattern.exec(own.slice(0, 300))
  if (!match || !classEnding.test(match[2]!)) return { qualifier: '', name: '', code: '', rest: own }
  return {
    qualifier: match[1] ?? '',
    name: match[2]!,
    code: match[3] ?? '',
    rest: own.slice(match[0].length) || match[2]!,
  }
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1)

type Found = { codes: string[]; message: string; depth: number }

/** Writes each object of a text out as plain words, collecting codes and the innermost message. */
const flatten = (text: string, found: Found, depth: number): string => {
  if (depth > MAX_NESTING) return text
  let source = text
  const parts: string[] = []
  let from = 0
  let objects = 0
  for (let at = nextOpener(source, 0); at >= 0 && objects < MAX_OBJECTS; at = nextOpener(source, at)) {
    if (escapedStart.test(source.slice(at, at + 48))) source = source.slice(0, at) + unescaped(source.slice(at))
    const read = looksLikeObject(source, at) ? readLiteral(source, at) : null
    objects++
    if (read) {
      parts.push(source.slice(from, at), render(read.value, found, depth))
      from = at = read.end
    } else at++
  }
  parts.push(source.slice(from))
  return parts.join('')
}

const nextOpener = (text: string, from: number): number => {
  const object = text.indexOf('{', from)
  const list = text.indexOf('[', from)
  if (object < 0 || list < 0) return Math.max(object, list)
  return Math.min(object, list)
}

const escapedStart = /^[{[](?:\s|\\n|\{){0,40}\\"/
const unescaped = (text: string): string => text.replaceAll('\\n', '\n').replaceAll('\\"', '"')

const objectStart = /^\{\s{0,40}["'}]|^\[\s{0,40}[{]|^\{\s?[A-Za-z_]\w{0,40}: /
const looksLikeObject = (text: string, at: number): boolean => objectStart.test(text.slice(at, at + 48))

// Fields that differ between two occurrences of one cause, or hold what a user or a model wrote.
const volatileFields = new Set(
  (
    'requestid xrequestid traceid spanid correlationid eventid sessionid timestamp time ts date datetime created createdat ' +
    'pid hostname userid headers stack stacktrace traceback failedgeneration prompt prompts input requestbodyvalues ' +
    'durationms elapsedms latencyms level loglevel logid uuid rayid activityid'
  ).split(' '),
)
const messageFields = new Set(['message', 'msg', 'error', 'detail', 'details', 'errormessage', 'description', 'reason'])
const codeFields = new Set(['code', 'type', 'status', 'reason', 'errorcode', 'errortype', 'error', 'name'])
const codeText = /^[A-Za-z][\w.-]{2,60}$/

const render = (value: Literal, found: Found, depth: number): string => {
  if (typeof value === 'string') return flattenText(value, found, depth)
  if (Array.isArray(value)) return `[${renderItems(value, found, depth)}]`
  if (value === null || typeof value !== 'object') return String(value)
  const fields = Object.entries(value)
    .map(([key, field]) => ({ key, plain: key.replaceAll(/[_-]/g, '').toLowerCase(), field }))
    .filter(({ plain }) => !volatileFields.has(plain))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
  for (const { plain, field } of fields) {
    if (typeof field !== 'string' || field === '') continue
    if (codeFields.has(plain) && codeText.test(field)) found.codes.push(field)
    if (messageFields.has(plain) && depth >= found.depth && (field.includes(' ') || found.message === '')) {
      found.message = field
      found.depth = depth
    }
  }
  return `{${fields.map(({ key, field }) => `${key}: ${render(field, found, depth + 1)}`).join(', ')}}`
}

/** Equal items are written once, and positions not at all, so that two wrong rows read like three. */
const renderItems = (items: Literal[], found: Found, depth: number): string =>
  [...new Set(items.map((item) => (typeof item === 'number' ? '<n>' : render(item, found, depth + 1))))].join(', ')

const flattenText = (text: string, found: Found, depth: number): string => {
  const start = text.trimStart()[0]
  return start === '{' || start === '[' || text.includes('{"') ? flatten(text, found, depth + 1) : text
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()
