import type { FailureReport } from '@assay/core'

/** What an application knows beside the error itself; what it says wins over what the error says. */
export type FailureContext = Partial<Omit<FailureReport, 'message' | 'environment' | 'release'>>

/** So much is looked at; what is sent is cut after what must not be sent was taken out. */
const LOOKED_AT_CHARACTERS = 262_144
const STACK_CHARACTERS = 65_536
const OUTPUT_CHARACTERS = 262_144
const CONTEXT_CHARACTERS = 32_000
const REQUEST_CHARACTERS = 260_000
const CAUSE_CHARACTERS = 4_000
const NAME_CHARACTERS = 200
const MAX_CAUSES = 8

/** A thrown thing, whatever it is, as a failure report. */
export const reportOfError = (thrown: unknown, context: FailureContext): Omit<FailureReport, 'environment'> => {
  const error = fieldsOf(thrown)
  return {
    ...absentLeftOut({
      name: textField(error, ['name'])?.slice(0, NAME_CHARACTERS),
      stack: textField(error, ['stack'])?.slice(0, LOOKED_AT_CHARACTERS),
      causes: causesOf(thrown),
      httpStatus: statusOf(error),
      // As the SDKs of the providers name them on their errors.
      providerCode: textField(error, ['code'])?.slice(0, NAME_CHARACTERS),
      providerType: textField(error, ['type'])?.slice(0, NAME_CHARACTERS),
      requestId: textField(error, ['requestID', 'request_id', 'requestId'])?.slice(0, NAME_CHARACTERS),
    }),
    count: 1,
    tags: [],
    ...absentLeftOut(writable(context)),
    message: messageOf(thrown).slice(0, LOOKED_AT_CHARACTERS),
  }
}

/** Without what cannot be written as JSON, such as an object that holds itself. */
const writable = (context: FailureContext): FailureContext => {
  const bad = (['context', 'request'] as const).filter((field) => !fitsAsJson(context[field], Infinity))
  if (bad.length === 0) return context
  const kept = Object.fromEntries(Object.entries(context).filter(([field]) => !bad.some((name) => name === field)))
  return { ...kept, truncated: bad }
}

/** A redacted report cut to what the server takes; what was cut or left out is named. */
export const fitReport = (report: FailureReport): FailureReport => {
  const cut: string[] = []
  const entries = Object.entries(report).flatMap(([field, value]): [string, unknown][] => {
    const most = characters[field]
    if (typeof value === 'string' && most !== undefined && value.length > most) {
      cut.push(field)
      return [[field, value.slice(0, most)]]
    }
    if ((field === 'context' || field === 'request') && !fitsAsJson(value, most ?? 0)) {
      cut.push(field)
      return []
    }
    if (field === 'tags') return [[field, tagsOf(value)]]
    return [[field, value]]
  })
  const fitting = Object.fromEntries(entries) as FailureReport
  const truncated = [...new Set([...(report.truncated ?? []), ...cut])].toSorted()
  return truncated.length > 0 ? { ...fitting, truncated } : fitting
}

const characters: Record<string, number> = {
  stack: STACK_CHARACTERS,
  output: OUTPUT_CHARACTERS,
  context: CONTEXT_CHARACTERS,
  request: REQUEST_CHARACTERS,
  name: NAME_CHARACTERS,
  provider: 64,
  model: 256,
  providerCode: NAME_CHARACTERS,
  providerType: NAME_CHARACTERS,
  requestId: 200,
  eventId: 200,
  release: 200,
  package: 200,
  packageVersion: 64,
  framework: 64,
  userId: 200,
  conversationId: 200,
}

const fitsAsJson = (value: unknown, most: number): boolean => {
  if (value === undefined) return true
  try {
    return new TextEncoder().encode(JSON.stringify(value)).length <= most
  } catch {
    return false
  }
}

const tagsOf = (tags: unknown): string[] =>
  Array.isArray(tags)
    ? tags
        .filter((tag) => typeof tag === 'string' && tag !== '')
        .slice(0, 16)
        .map((tag: string) => tag.slice(0, 64))
    : []

type Fields = Record<string, unknown>

const fieldsOf = (thrown: unknown): Fields =>
  typeof thrown === 'object' && thrown !== null ? (thrown as Fields) : { name: typeof thrown }

const messageOf = (thrown: unknown): string => {
  const message = textField(fieldsOf(thrown), ['message'])
  if (message) return message
  try {
    // oxlint-disable-next-line typescript/no-base-to-string -- whatever is no object has a text
    const text = typeof thrown === 'object' ? JSON.stringify(thrown) : String(thrown)
    return text || 'An empty error was thrown.'
  } catch {
    return 'Something was thrown that cannot be written as text.'
  }
}

const causesOf = (thrown: unknown): FailureReport['causes'] => {
  const causes: NonNullable<FailureReport['causes']> = []
  let cause = fieldsOf(thrown)['cause']
  while (cause !== undefined && cause !== null && causes.length < MAX_CAUSES) {
    const fields = fieldsOf(cause)
    causes.push(
      absentLeftOut({
        name: textField(fields, ['name'])?.slice(0, NAME_CHARACTERS),
        code: textField(fields, ['code'])?.slice(0, NAME_CHARACTERS),
        message: messageOf(cause).slice(0, CAUSE_CHARACTERS),
      }),
    )
    cause = fields['cause']
  }
  return causes.length > 0 ? causes : undefined
}

const statusOf = (error: Fields): number | undefined => {
  const status = error['status'] ?? error['statusCode']
  return typeof status === 'number' && Number.isInteger(status) && status >= 100 && status <= 599 ? status : undefined
}

const textField = (fields: Fields, names: readonly string[]): string | undefined =>
  names.map((name) => fields[name]).find((value): value is string => typeof value === 'string' && value !== '')

type Present<Value> = { [Key in keyof Value]?: Exclude<Value[Key], undefined> }

const absentLeftOut = <Value extends object>(value: Value): Present<Value> =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Present<Value>
