import type { FailureReport } from '@assay/core'

/** What an application knows beside the error itself; what it says wins over what the error says. */
export type FailureContext = Partial<Omit<FailureReport, 'message' | 'environment' | 'release'>>

const MESSAGE_CHARACTERS = 32_768
const STACK_CHARACTERS = 65_536
const CAUSE_CHARACTERS = 4_000
const NAME_CHARACTERS = 200
const MAX_CAUSES = 8

/** A thrown thing, whatever it is, as a failure report. */
export const reportOfError = (thrown: unknown, context: FailureContext): Omit<FailureReport, 'environment'> => {
  const error = fieldsOf(thrown)
  return {
    ...absentLeftOut({
      name: textField(error, ['name'])?.slice(0, NAME_CHARACTERS),
      stack: textField(error, ['stack'])?.slice(0, STACK_CHARACTERS),
      causes: causesOf(thrown),
      httpStatus: statusOf(error),
      // As the SDKs of the providers name them on their errors.
      providerCode: textField(error, ['code'])?.slice(0, NAME_CHARACTERS),
      providerType: textField(error, ['type'])?.slice(0, NAME_CHARACTERS),
      requestId: textField(error, ['requestID', 'request_id', 'requestId'])?.slice(0, NAME_CHARACTERS),
    }),
    count: 1,
    tags: [],
    ...absentLeftOut(context),
    message: messageOf(thrown).slice(0, MESSAGE_CHARACTERS),
  }
}

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
