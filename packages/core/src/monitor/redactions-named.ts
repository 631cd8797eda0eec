import type { Redaction } from './redactions.ts'

/** Headers whose value is a secret, as they also stand in flat lists of names and values. */
export const secretHeaders =
  /^(?:(?:proxy-)?authorization|(?:set-)?cookie|(?:x-)?api-key|x-goog-api-key|x-[a-z-]{0,40}token)$/i

const tokens = '(?:access|refresh|auth|oauth|session|security|bearer|bot)[-_]?token|(?<![a-z])id[-_]?token'
const keys =
  '(?:api|account|(?:secret[-_]?)?access|private|secret|signing|encryption)[-_]?key|shared[-_]?access[-_]?signature'
const passwords =
  'password|passwd|pwd|passphrase|secret|(?:db|database|smtp|redis|e?mail|user|admin|root|ftp|http|proxy|pg|mysql)[-_]?pass'

/** Names of fields whose value is a secret whatever it looks like; `tokens` and their counts are none. */
export const secretNames = new RegExp(
  `^(?:[\\w.-]{0,60}(?:${passwords}|${keys}|${tokens}|authorization)|(?:set-)?cookie|token|auth|credentials?|x-[a-z-]{0,40}token|(?:api|github|gh|gitlab|npm|hf|slack)[-_]?token)$`,
  'i',
)

// JSON inside a JSON string has a backslash before each quote, and more of them each level down.
const quote = String.raw`\\{0,15}["']`
const gap = String.raw`(?:${quote})?\s{0,4}(?:=>|[:=])\s{0,4}\[?\s{0,4}`
const listed = String.raw`${quote}\s{0,4},\s{0,4}(?=\\{0,15}["'])(?:${quote}value${quote}\s{0,4}:\s{0,4})?`
const scheme = '(?:(?:Bearer|Basic|Token|Digest) {1,2})?'
const backslash = String.raw`\\(?!\\{0,15}["'])`

/** To the closing quote of its own depth where one opened, else to what ends a word. */
const valueAfter = (before: string, ends: string, least: number): RegExp =>
  new RegExp(
    String.raw`(${before}(${quote})?${scheme})(?:(?:(?!\2)(?:[^\\\r\n]|\\.)){${least},4000}(?=\2)|(?!\s)(?:[^\s"'\\<>)}\],${ends}]|${backslash}){${least},4000})`,
    'gi',
  )

const secretAfter = valueAfter(
  `(?:(?:${keys}|${tokens})${gap}|(?:authorization|api-key|(?:auth|security|session|access|api|csrf|xsrf|vault|user|private)-token)(?:${gap}|${listed}))`,
  ';&',
  6,
)
const passwordAfter = valueAfter(`(?:${passwords})${gap}`, ';&({[', 3)

// What prose, types and settings say of a secret instead of the secret.
const tellsNothing =
  /^(?:true|false|null|nil|none|undefined|string|number|boolean|unknown|object|bearer|basic|digest|token|required|missing|invalid|incorrect|wrong|expired|revoked|expected|empty|redacted|filtered|hidden|masked|\*+|process\.env\.\w+|(?:is|are|must|should|cannot|can't|has|does|needs|may|too|at least|required|invalid) .*)[.!?]?$/i

const replaceNamed =
  (pattern: RegExp): Redaction['replace'] =>
  (text, placeholder) =>
    text.replace(pattern, (whole: string, before: string) => {
      const found = whole.slice(before.length)
      return tellsNothing.test(found) ? whole : before + placeholder(found)
    })

/** `api_key=…`, `"authorization": "…"`, `AWS_SECRET_ACCESS_KEY=…`, quoted at any depth. */
export const replaceNamedSecrets = replaceNamed(secretAfter)

export const replaceNamedPasswords = replaceNamed(passwordAfter)

/** All cookies of the header, for any of them may be the session. */
export const replaceCookies: Redaction['replace'] = replaceNamed(
  new RegExp(
    String.raw`(\b(?:set-)?cookie(?:${gap}|${listed})(?:${quote})?)(?=[^\s"'<=]{1,200}=)(?:[^\r\n"'<>\\]|${backslash}){3,4000}`,
    'gi',
  ),
)

const inQuery =
  /([?&#](?:amp;)?(?:[\w-]{0,40}(?:token|secret|password|passwd|pwd|signature|credential|api[-_]?key|access[-_]?key)|sig|auth|jwt)=)[^\s&#"'\\<>)}\]]{3,4000}/gi

/** `?access_token=…&sig=…`; a short number is a setting. */
export const replaceQuery: Redaction['replace'] = (text, placeholder) =>
  text.replace(inQuery, (whole: string, before: string) => {
    const found = whole.slice(before.length)
    return /^\d{1,6}$/.test(found) || tellsNothing.test(found) ? whole : before + placeholder(found)
  })

const ambiguous = new RegExp(
  String.raw`((?<![Uu]nexpected )(?:[Tt]oken|TOKEN|(?<![A-Za-z])(?:[Aa]uth|AUTH|[Cc]redentials?|CREDENTIALS?))${gap}(?:${quote})?${scheme})[^\s"'\\,;&<>(){}[\]]{8,4000}`,
  'g',
)

/** Names that prose and tokenizers use too: what follows must look like a secret. */
export const replaceAmbiguous: Redaction['replace'] = (text, placeholder) =>
  text.replace(ambiguous, (whole: string, before: string) => {
    const found = whole.slice(before.length)
    const isRandom = /\d/.test(found) ? /[A-Za-z]/.test(found) : found.length > 15 || /^[A-Z]+=/.test(before)
    const isPlace = /:\/\/|\.(?:[cm]?[jt]sx?|py|json|go|rb|java|html?)\b/.test(found)
    return isRandom && !isPlace && !tellsNothing.test(found) ? before + placeholder(found) : whole
  })
