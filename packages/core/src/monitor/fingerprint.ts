import type { Category } from './failure.ts'
import { sha256 } from './sha256.ts'

/** Goes up when equal texts get other fingerprints; stored events keep the version they were grouped by. */
export const GROUPING_VERSION = 1

/** What two failures of one group have in common. */
export type Identity = {
  category: Category
  /** Class of the error, or the package that threw where the class says nothing. */
  errorType: string
  providerCode: string
  /** The message with what varies masked. */
  text: string
  /** Host, provider or frame; asked only when the text is generic. */
  place: string
}

/** 16 hex characters that equal identities share. */
export const fingerprint = ({ category, errorType, providerCode, text, place }: Identity): string =>
  sha256(
    [GROUPING_VERSION, category, errorType, providerCode, text, isGeneric(text) ? place : ''].join('\u0000'),
  ).slice(0, 16)

const genericTexts = new Set(
  `fetch failed|failed to fetch|load failed|network error|network request failed|networkerror when attempting to fetch resource|
  request timed out|timed out|timeout|timeout error|timeout exceeded|timeout of <duration> exceeded|connection error|connection closed|connection reset|connection timed out|connection aborted|
  internal server error|bad gateway|service unavailable|gateway timeout|gateway time-out|bad request|not found|unauthorized|forbidden|too many requests|
  socket hang up|terminated|aborted|canceled|cancelled|the operation was aborted|this operation was aborted|the user aborted a request|request aborted|request was aborted|request failed|
  script error|unknown error|error|internal error|an error occurred|an unknown error occurred|an unexpected error occurred|something went wrong|unexpected error|server error|
  null|undefined|none|[object object]|list index out of range|string index out of range|division by zero|maximum call stack size exceeded|
  the operation was aborted due to timeout|signal timed out|read timeout|http error|api error|no response|failed|exception|assertion failed`
    .split('|')
    .map((text) => text.trim()),
)
const genericPatterns = [
  /^cannot (?:read|set) propert(?:y|ies) .{0,80}of (?:undefined|null)/,
  /^'?nonetype'? object (?:has no attribute|is not)/,
  /^(?:undefined|null) is not an object/,
  /^.{1,80} is (?:not a function|not iterable|undefined|null)$/,
  /^(?:request failed with status code|http error|http|status|error|status code)?:? ?[1-5]\d\d$/,
]

/** True for texts that many unrelated causes share. */
export const isGeneric = (text: string): boolean => {
  if (text.length > 160) return false
  const plain = text
    .toLowerCase()
    .replace(/^[1-5]\d\d:? /, '')
    .replace(/[.!]+$/, '')
  return genericTexts.has(plain) || genericPatterns.some((pattern) => pattern.test(plain))
}
