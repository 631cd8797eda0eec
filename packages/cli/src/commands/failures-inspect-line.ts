import { AssayError, diagnose, issuesOf, type Diagnosis } from '@assay/core'
import { z } from 'zod'
import type { Line } from './failures-inspect.ts'

/** What a line may say of a failure; other fields, labels for example, are passed over. */
const InspectedFailure = z.object({
  message: z.string().min(1),
  stack: z.string().nullish(),
  http_status: z.int().min(100).max(599).nullish(),
  name: z.string().nullish(),
})

type Answer =
  | Pick<Diagnosis, 'category' | 'severity' | 'fingerprint' | 'family' | 'title' | 'why'>
  | { error: { code: string; message: string } }

const MAX_LINE_BYTES = 1_048_576

/** The answer to one line: its diagnosis, or what is wrong with the line. */
export const inspectLine = ({ number, text }: Line): Answer => {
  try {
    if (text === null) throw new AssayError('input.too_large', { what: `line ${number}`, limitBytes: MAX_LINE_BYTES })
    const { category, subcategory, severity, fingerprint, family, title, why } = diagnoseLine(number, text)
    return { category, ...(subcategory ? { subcategory } : {}), severity, fingerprint, family, title, why }
  } catch (error) {
    if (!(error instanceof AssayError)) throw error
    return { error: { code: error.code, message: error.message } }
  }
}

const diagnoseLine = (number: number, text: string): Diagnosis => {
  const what = `line ${number}`
  const parsed = InspectedFailure.safeParse(parseLine(what, text))
  if (!parsed.success) throw new AssayError('input.invalid', { what, issues: issuesOf(parsed.error) })
  const { message, stack, http_status: httpStatus, name } = parsed.data
  return diagnose({
    message,
    ...(stack ? { stack } : {}),
    ...(httpStatus ? { httpStatus } : {}),
    ...(name ? { name } : {}),
  })
}

const parseLine = (what: string, text: string): unknown => {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    const reason = (cause as Error).message.replace(/\.$/, '')
    throw new AssayError('input.bad_json', { what, reason }, { cause })
  }
}
