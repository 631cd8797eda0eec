import {
  replaceAmbiguous,
  replaceCookies,
  replaceNamedPasswords,
  replaceNamedSecrets,
  replaceQuery,
} from './redactions-named.ts'

/** One kind of value that is never stored. What a pattern reads it takes, or it is bounded: the work grows with the text and no faster. */
export type Redaction = {
  kind: string
  /** A text without any of these characters has none of this kind; finding one is cheaper still than the hint. */
  needs?: readonly string[]
  /** A cheap look that spares most texts the pattern. */
  hint: RegExp
  replace: (text: string, placeholder: (found: string) => string) => string
}

/** The whole match, or its last group where the pattern names what stands before. */
const each =
  (pattern: RegExp, accepts: (found: string) => boolean = () => true): Redaction['replace'] =>
  (text, placeholder) =>
    text.replace(pattern, (whole: string, ...groups: unknown[]) => {
      const before = typeof groups[0] === 'string' ? groups[0] : ''
      const found = whole.slice(before.length)
      return accepts(found) ? before + placeholder(found) : whole
    })

/** In this order: a longer secret goes before what may be a part of it. */
export const redactions: readonly Redaction[] = [
  { kind: 'pem', hint: /-----BEGIN/, replace: (text, placeholder) => replacePem(text, placeholder) },
  {
    kind: 'secret',
    hint: /hooks\.slack|webhooks\//,
    replace: each(
      /(\b(?:hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)|discord(?:app)?\.com\/api\/webhooks)\/)[\w/-]{8,300}/g,
    ),
  },
  { kind: 'secret', needs: ['='], hint: /[?&#][\w;-]{3,60}=/, replace: replaceQuery },
  {
    kind: 'secret',
    needs: [':', '=', ','],
    hint: /authorization|key|token|signature/i,
    replace: replaceNamedSecrets,
  },
  {
    kind: 'secret',
    hint: /bearer |basic /i,
    replace: each(
      /(\bBearer {1,2}(?=[\w.~+/-]{0,200}[\d._-])|\bBasic {1,2}(?=[A-Za-z+/]{0,200}[\d=]))[^\s"'\\,;<>)}\]][^\s"'\\<>)}\],]{5,4000}/gi,
    ),
  },
  { kind: 'secret', needs: ['='], hint: /cookie/i, replace: replaceCookies },
  {
    kind: 'key',
    hint: /[sprg]k[-_]|AIza|as_live_|gh[a-z]_|github_pat|glpat|xox|A[KS]IA|xai-|hf_|nvapi|pplx|npm_|r8_|SG\.|ya29\.|1\/\/0/,
    replace: each(
      /\b(?:sk-[\w-]{12,}|[spr]k_(?:live|test)_\w{10,}|gsk_\w{16,}|xai-\w{16,}|AIza[\w-]{20,}|as_live_[\w-]{10,}|gh[pousr]_\w{16,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[a-z]-[\w-]{10,}|A[KS]IA[A-Z0-9]{16}\b|hf_\w{20,}|nvapi-[\w-]{20,}|pplx-\w{20,}|npm_\w{30,}|r8_\w{20,}|SG\.[\w-]{16,}\.[\w-]{16,}|ya29\.[\w-]{10,}|1\/\/0[\w-]{16,})/g,
    ),
  },
  { kind: 'jwt', hint: /eyJ/, replace: each(/\beyJ[\w-]{8,4000}\.[\w-]{8,8000}(?:\.[\w-]{0,2000})?/g) },
  {
    kind: 'password',
    needs: ['@'],
    hint: /:\/\/[^\s/]{0,300}@/,
    replace: each(/(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@"'<>]{0,100}:)[^\s@"'<>/]{1,300}(?=@)/gi),
  },
  {
    kind: 'password',
    needs: [':', '='],
    hint: /(?:pass|passw(?:or)?d|passphrase|pwd|secret)[\\"'\s]{0,20}[=:]/i,
    replace: replaceNamedPasswords,
  },
  { kind: 'secret', needs: [':', '='], hint: /token|auth|credential/i, replace: replaceAmbiguous },
  {
    kind: 'email',
    hint: /@/,
    replace: each(
      /(?<![\w.+-])[\w.+%-]{1,64}@(?!\d+\.\d)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,6}\.[A-Za-z]{2,24}\b/g,
    ),
  },
  {
    kind: 'card',
    hint: /\d{4}/,
    replace: each(
      /(?<![\w.-]|[A-Z]{2}\d{2} )[2-6]\d{3}(?:[ -]?\d{4}){2}[ -]?\d{1,7}(?![\w-]|\.\d)|(?<![\w.-])3[47]\d{2}[ -]?\d{6}[ -]?\d{5}(?![\w-])/g,
      isCard,
    ),
  },
  { kind: 'iban', hint: /[A-Z]{2}\d{2}/, replace: replaceIban },
  {
    kind: 'phone',
    hint: /\d{3}/,
    replace: each(
      /(?<![\w+.-])\+\d{1,3}(?:[ .-]?\(?\d{1,4}\)?){2,5}(?![\w-])|(?<![\w.-])(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-]|\.\d)/g,
      (found) => /^\D*(?:\d\D*){9,15}$/.test(found),
    ),
  },
  {
    kind: 'ip',
    hint: /\d\.\d|:[0-9a-f]{1,4}:/i,
    replace: each(
      /(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?![\w-]|\.\d)|(?<![\w:])[23][0-9a-f]{3}:(?:[0-9a-f]{0,4}:){1,6}[0-9a-f]{0,4}(?![\w:])/gi,
      isPublicAddress,
    ),
  },
]

const begin = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g
const end = '-----END'

/** From BEGIN to the line of END; a key that was cut off goes to the end of the text. */
const replacePem: Redaction['replace'] = (text, placeholder) => {
  const parts: string[] = []
  let from = 0
  for (const match of text.matchAll(begin)) {
    if (match.index < from) continue
    const close = text.indexOf(end, match.index)
    const stop =
      close < 0
        ? text.length
        : close + (/^-----END [A-Z0-9 ]{0,60}-----/.exec(text.slice(close, close + 90))?.[0].length ?? 8)
    parts.push(text.slice(from, match.index), placeholder(text.slice(match.index, stop)))
    from = stop
  }
  return parts.length === 0 ? text : parts.join('') + text.slice(from)
}

/** 13 to 19 digits with the check digit of ISO/IEC 7812-1 (Luhn). */
function isCard(found: string): boolean {
  const digits = found.replaceAll(/\D/g, '')
  if (digits.length < 13 || digits.length > 19) return false
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index])
    const doubled = index % 2 === 0 ? digit : digit * 2
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

// Characters of an IBAN by country; SWIFT's registry. A length that does not fit cannot be one.
const ibanLengths = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 ' +
    'KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
)

function replaceIban(text: string, placeholder: (found: string) => string): string {
  return text.replace(/\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}(?![A-Za-z0-9])/g, (found: string) => {
    const length = ibanLengths.get(found.slice(0, 2)) ?? 0
    let characters = 0
    let at = 0
    while (at < found.length && characters < length) if (found[at++] !== ' ') characters++
    const number = found.slice(0, at)
    const endsThere = at === found.length || found[at] === ' '
    return length > 0 && characters === length && endsThere && isIban(number)
      ? placeholder(number) + found.slice(at)
      : found
  })
}

/** ISO 7064 mod 97-10 over the number with its first four characters moved to the end. */
function isIban(found: string): boolean {
  const compact = found.replaceAll(' ', '')
  let remainder = 0
  for (const character of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(character, 36)
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97
  }
  return remainder === 1
}

/** RFC 6890: what is private, local, shared or reserved tells nothing about a person. */
function isPublicAddress(found: string): boolean {
  if (found.includes(':')) return found.split(':').length > 3 && !/^2001:0?db8:/i.test(found)
  const [a = 0, b = 0, c = 0, d = 0] = found.split('.').map(Number)
  if ([a, b, c, d].some((part) => part > 255) || a === 0 || a === 10 || a === 127 || a >= 224) return false
  const isShared = a === 100 && b >= 64 && b < 128
  const isLocal = (a === 169 && b === 254) || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168)
  const isExample =
    (a === 192 && b === 0) || (a === 198 && (b === 18 || b === 19 || b === 51)) || (a === 203 && b === 0)
  return !isShared && !isLocal && !isExample
}
