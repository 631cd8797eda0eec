import { classify, statusOf } from './classify.ts'
import type { CapturedFailure, Diagnosis, Failure, FailureReport } from './failure.ts'
import { familyOf } from './family.ts'
import { fingerprint, isGeneric } from './fingerprint.ts'
import { originOf } from './origin.ts'
import { parameterise } from './parameterise.ts'
import { severityOf } from './severity.ts'
import { causeInStack, framesOf, throwingPackage, topInAppFrame } from './stack.ts'
import { unwrap } from './unwrap.ts'

/** The parts of a report that say what went wrong. */
export type Described = Pick<FailureReport, 'message'> &
  Partial<
    Pick<
      FailureReport,
      | 'name'
      | 'stack'
      | 'causes'
      | 'httpStatus'
      | 'provider'
      | 'providerCode'
      | 'providerType'
      | 'category'
      | 'severity'
    >
  > &
  Pick<CapturedFailure, 'absorbed'>

/** A diagnosis with what it was made of, which rules of a workspace and likeness are judged by. */
export type Identified = { diagnosis: Diagnosis; errorType: string; text: string }

/** What the rules say of a failure: its kind, its group and why. The same report gives the same answer on every run. */
export const diagnose = (report: Described): Diagnosis => identify(report).diagnosis

/** The same with the normalised text and the class that decided. */
export const identify = (report: Described): Identified => {
  const message = withCauses(report)
  const unwrapped = unwrap(message, report.name)
  const text = parameterise(unwrapped.text)
  const innermost = unwrapped.innermost === unwrapped.text ? text : parameterise(unwrapped.innermost)
  const status = report.httpStatus ?? statusOf(text)
  const { errorType, place, thrower } = placeOf(report, unwrapped.errorType, text)
  const words = [unwrapped.qualifiedType || errorType, unwrapped.code, text, report.providerCode, report.providerType]
    .filter(Boolean)
    .join(': ')
  const { phrase, ...found } = classify({ text: words, status })
  const category = report.category ?? found.category
  const subcategory = category === found.category ? found.subcategory : null
  const origin = report.provider?.toLowerCase() ?? originOf(`${message.slice(0, 8_192)} ${thrower ?? ''}`.toLowerCase())
  const providerCode = report.providerCode ?? unwrapped.code
  const decisiveType = typeOf(errorType, thrower)
  const diagnosis: Diagnosis = {
    category,
    subcategory,
    severity: report.severity ?? severityOf({ category, subcategory, text, absorbed: report.absorbed === true }),
    fingerprint: fingerprint({ category, errorType: decisiveType, providerCode, text, place }),
    family: familyOf({ category, origin, text, innermost, phrase, codes: unwrapped.codes }),
    title: titleOf(errorType, innermost),
    why: [
      report.category ? `category ${category}: the reporter said so` : `category ${category}: ${found.why}`,
      `grouped by ${errorType ? `${errorType} and ` : ''}the text "${cut(text, 300)}"`,
      ...(isGeneric(text) && place ? [`the text is generic, so its place counts too: ${place}`] : []),
    ],
  }
  return { diagnosis, errorType: decisiveType, text }
}

/** What a stored failure says of what went wrong, for the rules to look at again. */
export const describedBy = ({
  name,
  message,
  stack,
  causes,
  httpStatus,
  provider,
  providerCode,
  providerType,
  absorbed,
}: Failure): Described => ({
  message,
  absorbed,
  ...(name === null ? {} : { name }),
  ...(stack === null ? {} : { stack }),
  ...(causes === null ? {} : { causes }),
  ...(httpStatus === null ? {} : { httpStatus }),
  ...(provider === null ? {} : { provider }),
  ...(providerCode === null ? {} : { providerCode }),
  ...(providerType === null ? {} : { providerType }),
})

/** Causes count as words of the message, unless it repeats them already. */
const withCauses = ({ message, causes, stack }: Described): string => {
  const told = (causes ?? [])
    .map(({ name, message, code }) => [[name, message].filter(Boolean).join(': '), code && `(${code})`])
    .map((parts) => parts.filter(Boolean).join(' '))
  const printed = told.length === 0 && stack !== undefined && message.length < 200 ? causeInStack(stack) : null
  const added = [...told, ...(printed === null ? [] : [printed])].filter((cause) => cause && !message.includes(cause))
  return added.length === 0 || message.includes('cause:') ? message : [message, ...added].join(' | cause: ')
}

/** Frames are read only where they decide: for a generic text, or for a class that says nothing. */
const placeOf = (report: Described, errorType: string, text: string) => {
  const generic = isGeneric(text)
  const saysNothing = errorType === '' || errorType === 'Error'
  const frames = report.stack !== undefined && (generic || saysNothing) ? framesOf(report.stack) : []
  const thrower = saysNothing ? throwingPackage(frames) : null
  return { errorType, thrower, place: generic ? (report.provider ?? topInAppFrame(frames) ?? '') : '' }
}

const typeOf = (errorType: string, thrower: string | null): string =>
  thrower === null ? errorType : `${errorType}@${thrower}`

const titleOf = (errorType: string, text: string): string => {
  const named = errorType === '' || errorType === 'Error' || text.startsWith(errorType) ? text : `${errorType}: ${text}`
  return cut(named, 120)
}

const cut = (text: string, length: number): string => (text.length <= length ? text : `${text.slice(0, length - 1)}…`)
