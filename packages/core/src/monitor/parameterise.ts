import { maskNumbers } from './numbers.ts'

/**
 * Replaces what differs between two occurrences of one cause by the name of its kind. What tells causes apart stays:
 * status, codes, units, hosts, and the names of models, packages, fields and symbols.
 */
export const parameterise = (text: string): string => {
  let masked = text
  for (const { only, mask } of masks) if (only === undefined || only(masked)) masked = mask(masked)
  return masked
}

type Mask = {
  kind: string
  /** A cheap look that spares most texts the pattern. */
  only?: (text: string) => boolean
  mask: (text: string) => string
}

const replaced = (pattern: RegExp, by: string) => (text: string) => text.replace(pattern, by)

const providerIds =
  /\b(?:req|toolu|srvtoolu|call|msg|run|thread|chatcmpl|cmpl|resp|asst|file|batch|org|proj|user|item|gen|sess|cus|sub|evt|acct|trace|rs|fc|job|task|inv|conv|session|key|vs|ft|ftjob|step|mcpr|wf|exec)[_-](?=[A-Za-z_-]{0,40}[0-9A-Z])[A-Za-z0-9_-]{6,80}(?![A-Za-z0-9_@/])/g
const keys =
  /\b(?:sk|ak|pk|rk|gsk|xai|r8|hf|pplx|fw|nvapi|as_live|ghp|gho|ghs|github_pat|glpat|npm|xox[abp])[-_][\w*-]{8,200}(?:\.{3}\w{1,8})?|\bAIza[\w*-]{8,60}|\bA[KS]IA[A-Z0-9*]{8,20}|\beyJ[\w-]{8,800}(?:\.[\w-]{1,800}){1,2}|(?<![\w*])[\w.-]{0,40}\*{3,}[\w*-]{0,200}/g
const uuid = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi
const timestamps =
  /\b\d{4}-\d\d-\d\d(?:[T _]\d\d[:_]\d\d(?:[:_]\d\d)?(?:[.,_]\d{1,9})?)?(?: ?(?:Z\b|UTC|GMT|[+-]\d\d:?\d\d\b))?|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? \d{1,2} [A-Z][a-z]{2} \d{4}(?: \d\d:\d\d:\d\d(?: [A-Z]{3})?)?|\b\d{1,2}:\d\d:\d\d(?:\.\d{1,9})?(?: ?[AP]M)?\b/g
const urls = /\b([a-z][a-z0-9+]{1,20}):\/\/([^\s"'<>`)\]},;]{1,2000})/gi
// A package and its version (`react@17.0.2`) is no address.
const emails = /[\w.+-]{1,64}@(?!\d+\.\d)[\w-]{1,63}(?:\.[\w-]{1,63}){0,5}\.[A-Za-z]{2,24}\b/g
const addresses =
  /(?<![\w.])(?:\d{1,3}(?:\.\d{1,3}){3}|localhost|\[?::1\]?|\[[0-9a-f:]{4,45}\]|\*(?=:\d))(?::\d{1,5})?(?![\w.]*\w)|(?<![\w:])(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{0,4}(?::\d{1,5})?(?!\w)|:::\d{1,5}\b/gi
const randomNames = /(?<=[a-z0-9])-[a-f0-9]{8,10}-[a-z0-9]{5}\b/g
const hex =
  /\b0x[0-9a-fA-F]{2,40}\b|\bsha256:[0-9a-f]{6,64}|(?<![\w.-])(?=[a-f]{0,64}\d)(?=\d{0,64}[a-f])[0-9a-f]{7,64}(?![\w-])/g
const opaque =
  /(?<![\w/+.-])(?=[A-Za-z+/_-]{0,60}\d)(?=[\da-z+/_-]{0,60}[A-Z])(?=[\dA-Z+/_-]{0,60}[a-z])[\w+/-]{24,400}={0,2}/g

const awsNames =
  /(\barn:aws[\w-]{0,12}:[\w-]{0,40}:[\w-]{0,24}:)\d{12}(?=:)|(:assumed-role\/[\w+=,.@-]{1,64}\/)[\w+=,.@-]{2,64}|\b(Root=)?1-[0-9a-f]{8}-[0-9a-f]{24}\b|\bi-[0-9a-f]{8,17}\b/g

const matches = (pattern: RegExp) => (text: string) => pattern.test(text)

const charactersOf = (pattern: RegExp): Uint8Array =>
  Uint8Array.from({ length: 128 }, (_, code) => Number(pattern.test(String.fromCharCode(code))))
const hexDigits = charactersOf(/[0-9a-f]/)
const opaqueCharacters = charactersOf(/[\w+/-]/)

/** True when so many of these characters stand side by side; looks only where the last of them would be. */
const hasRun = (text: string, characters: Uint8Array, length: number): boolean => {
  for (let end = length - 1; end < text.length; end += length) {
    if (characters[text.charCodeAt(end)] !== 1) continue
    let start = end
    while (start > 0 && end - start < length - 1 && characters[text.charCodeAt(start - 1)] === 1) start--
    let stop = end + 1
    while (stop < text.length && stop - start < length && characters[text.charCodeAt(stop)] === 1) stop++
    if (stop - start >= length) return true
  }
  return false
}

/** In this order: what is more specific goes first, numbers last. */
const masks: Mask[] = [
  { kind: 'placeholder of a redaction', only: matches(/<[a-z]/), mask: replaced(/<([a-z]{2,12}):\d{1,6}>/g, '<$1>') },
  { kind: 'key', only: matches(/[-_*]|eyJ|AIza|A[KS]IA/), mask: replaced(keys, '<key>') },
  {
    kind: 'account, session and trace of AWS',
    only: matches(/arn:aws|1-[0-9a-f]{8}-|\bi-[0-9a-f]{8}/),
    mask: (text) =>
      text.replace(
        awsNames,
        (_, account?: string, session?: string, root?: string) => `${account ?? session ?? root ?? ''}<id>`,
      ),
  },
  { kind: 'uuid', only: matches(/-[0-9a-f]{4}-[0-9a-f]{4}-/i), mask: replaced(uuid, '<id>') },
  { kind: 'provider id', only: matches(/[a-z][_-]\w{6}/), mask: replaced(providerIds, '<id>') },
  {
    kind: 'organization',
    only: matches(/organization|tenant|project/),
    mask: replaced(
      /\b(organization|tenant|project)s?[ :/='"]{1,3}(?=\w{0,40}[A-Z0-9])(?=\d{0,40}[A-Za-z_-])[\w-]{5,80}/g,
      '$1 <id>',
    ),
  },
  { kind: 'address of a page', only: (text) => text.includes('://'), mask: (text) => text.replace(urls, maskUrl) },
  { kind: 'e-mail', only: (text) => text.includes('@'), mask: replaced(emails, '<email>') },
  { kind: 'time', only: matches(/\d[:-]\d\d|\d [A-Z][a-z]{2} \d/), mask: replaced(timestamps, '<time>') },
  { kind: 'excerpt', mask: (text) => excerpts.reduce(maskExcerpt, text) },
  { kind: 'file', only: matches(/[/\\]|\.\w{1,5}\b/), mask: (text) => maskFiles(text) },
  { kind: 'network address', only: matches(/\d\.\d|localhost|:[0-9a-f:]/i), mask: replaced(addresses, '<address>') },
  { kind: 'name made by a machine', only: matches(/-[a-f0-9]{8}/), mask: replaced(randomNames, '-<id>') },
  { kind: 'hex', only: (text) => hasRun(text, hexDigits, 5) || text.includes('0x'), mask: replaced(hex, '<hex>') },
  { kind: 'opaque text', only: (text) => hasRun(text, opaqueCharacters, 24), mask: replaced(opaque, '<id>') },
  { kind: 'number', only: matches(/\d/), mask: maskNumbers },
]

const privateHost =
  /^(?:localhost|\[|\d{1,3}(?:\.\d{1,3}){3}|[\w-]+$|[\w.-]+\.(?:local|internal|lan|svc|test|localhost|cluster)$)/i

const maskUrl = (_: string, scheme: string, rest: string): string => {
  if (scheme.toLowerCase() === 'file') return `<file>`
  const authority = rest.slice(rest.lastIndexOf('@', rest.search(/[/?#]|$/)) + 1)
  const host = /^[^/?#:]+/.exec(authority)?.[0].toLowerCase().replace(/\.+$/, '') ?? ''
  const trail = /[.,:]+$/.exec(rest)?.[0] ?? ''
  const kind = /^https?$/i.test(scheme) ? '' : `${scheme.toLowerCase()} `
  return `<url ${kind}${host === '' || privateHost.test(host) ? 'private' : host}>`.replace(' private>', '>') + trail
}

/** Texts that a model or a user wrote, as tools quote them: from the phrase to the end phrase, or to the end. */
const excerpts: { after: string; until?: string; why: string }[] = [
  { after: 'parsing failed: Text: ', until: ' Error message:', why: 'AI SDK, JSON parsing' },
  { after: 'validation failed: Value: ', until: ' Error message:', why: 'AI SDK, schema' },
  { after: 'parse LLM output: ', why: 'LangChain agents' },
  { after: 'from completion ', until: '. Got: ', why: 'LangChain output parsers' },
  { after: 'Invalid json output: ', why: 'LangChain JSON parser' },
  { after: 'input_value=', until: ', input_type=', why: 'Pydantic 2' },
  { after: 'are not valid JSON. Received ', why: 'LangChain tool arguments' },
  { after: "Duplicate entry '", until: "' for key", why: 'MySQL' },
  { after: ' failed for value "', until: '" (type', why: 'Mongoose' },
  { after: 'dup key: ', until: '}', why: 'MongoDB' },
  { after: ')=(', until: ')', why: 'PostgreSQL, the value of a key' },
  { after: 'Failing row contains (', until: ').', why: 'PostgreSQL' },
  { after: 'invalid input syntax for type uuid: "', until: '"', why: 'PostgreSQL' },
  { after: 'invalid input syntax for type integer: "', until: '"', why: 'PostgreSQL' },
  { after: '(was "', until: '")', why: 'ArkType' },
  { after: 'API key provided: ', until: '. ', why: 'OpenAI repeats the wrong key' },
  { after: "invalid literal for int() with base 10: '", until: "'", why: 'Python' },
]

const maskExcerpt = (text: string, { after, until }: (typeof excerpts)[number]): string => {
  const at = text.indexOf(after)
  if (at < 0) return text
  const from = at + after.length
  const end = until === undefined ? -1 : text.indexOf(until, from)
  return `${text.slice(0, from)}<text>${end < 0 ? '' : text.slice(end)}`
}

const roots =
  'Users|home|root|srv|opt|var|tmp|usr|etc|app|apps|code|data|mnt|media|private|Volumes|workspaces?|work|build|builds|github|runner|run|proc|dev|lib|lib64|nix|snap|src|project|projects|repo|vercel|layers|cnb|function|functions|node_modules|ROOT|site|www|virtual|kaggle|content|storage|system|Library|Applications|\\$bunfs|~BUN'
const filePattern = new RegExp(
  [
    String.raw`(?<![\w@])(?:[A-Za-z]:[\\/]|\\\\)[^\s"'<>|*?:,;()\[\]]{1,400}`,
    String.raw`(?<![\w.:@/-])~?/(?:${roots})(?:/[^\s"'<>|*?:,;()\[\]]{0,400})?(?![\w])`,
    String.raw`(?<![\w@/.-])(?:\.{0,2}/)?(?:[\w@.$~+-]{1,80}/){1,24}[\w@.$+-]{0,80}\.(?:${'[cm]?[jt]sx?|json|py|css|s[ac]ss|less|vue|svelte|html?|go|rs|java|rb|php|md|ya?ml|toml|sh|txt|log|sql|wasm|node|so|dll|lock|prisma|graphql|proto|cs|kt|swift|c|h|cc|cpp|hpp|env|csv|xml|png|jpe?g|svg|pdf|map|mdx|astro'})(?![\w/])`,
  ].join('|'),
  'g',
)
const bareFile =
  /(?<![\w@/.'"-])[\w$-]{1,80}\.(?:[cm]?[jt]sx?|py|s?css|less|vue|svelte|html|go|rs|java|rb|php|cc?|cpp|cs|hpp?|kts?|swift|scala|dart|zig|ex|exs|lua|sql|ya?ml|toml)(?=[:(]\d|, line)/g
const positions = /(<file>)(?::\d{1,7}(?::\d{1,7})?(?:-\d{1,7})?|\(\d{1,7}(?:,\d{1,7})?\))/g
const missing =
  /((?:Cannot find module|Could not resolve|Can't resolve|no such file or directory,? (?:open|stat|lstat|scandir|access|unlink|mkdir|rename|copyfile|read)|No such file or directory:|Failed to resolve import|Failed to load url|cannot open shared object file|Cannot open file) ['"]?)([^\s'"]{1,400})/g

/** The file that is itself missing keeps its name, for it tells causes apart; a name with digits may be made anew. */
const maskFiles = (text: string): string =>
  text
    .replace(missing, (whole: string, words: string, target: string) => {
      if (!/^(?:[A-Za-z]:[\\/]|\/|<file>)/.test(target)) return whole
      const name = target.slice(Math.max(target.lastIndexOf('/'), target.lastIndexOf('\\')) + 1)
      return `${words}<file>${/^[A-Za-z_.@-]{2,80}$/.test(name) ? `/${name}` : ''}`
    })
    .replace(filePattern, '<file>')
    .replace(bareFile, '<file>')
    .replace(positions, '$1')
