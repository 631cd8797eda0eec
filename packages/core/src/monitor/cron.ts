import { z } from 'zod'

/** The five fields of a cron line, in order, with what each may hold. */
const fields = [
  { name: 'minute', from: 0, to: 59, names: [] },
  { name: 'hour', from: 0, to: 23, names: [] },
  { name: 'day of month', from: 1, to: 31, names: [] },
  {
    name: 'month',
    from: 1,
    to: 12,
    names: ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'],
  },
  // Sunday is 0 and 7.
  { name: 'day of week', from: 0, to: 7, names: ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'] },
] as const

type Field = (typeof fields)[number]

/** What is wrong with a cron line, naming the field and its value; null when it can be read. */
export const cronProblem = (text: string): string | null => {
  const parts = text.trim().split(/\s+/)
  if (parts.length !== fields.length || parts[0] === '') {
    return `has ${parts[0] === '' ? 0 : parts.length} of 5 fields: minute, hour, day of month, month, day of week`
  }
  for (const [place, field] of fields.entries()) {
    for (const item of parts[place]!.split(',')) {
      const problem = itemProblem(item, field)
      if (problem !== null) return `${field.name} ${parts[place]!}: ${problem}`
    }
  }
  return null
}

// One of `*`, `5`, `1-5` and `mon-fri`, the first and the ranges also with a step.
const item = /^(?:\*|([0-9]+|[A-Za-z]{3})(?:-([0-9]+|[A-Za-z]{3}))?)(?:\/([0-9]+))?$/

const itemProblem = (text: string, field: Field): string | null => {
  const read = item.exec(text)
  if (read === null) return `${text === '' ? 'nothing' : text} is none of *, a number, a range and a step`
  const [, first, last, step] = read
  if (step !== undefined && (Number(step) < 1 || Number(step) > field.to)) {
    return `a step is from 1 to ${field.to}, not ${step}`
  }
  if (first === undefined) return null
  if (step !== undefined && last === undefined) return `a step needs * or a range, such as ${first}-${field.to}/${step}`
  const [from, to] = [valueOf(first, field), last === undefined ? null : valueOf(last, field)]
  for (const [written, value] of [
    [first, from],
    [last, to],
  ] as const) {
    if (written !== undefined && (value === null || value < field.from || value > field.to)) {
      return `${written} is not from ${field.from} to ${field.to}`
    }
  }
  return to !== null && to < from! ? `${first}-${last} ends before it begins` : null
}

const valueOf = (text: string, { names, from }: Field): number | null => {
  if (/^[0-9]+$/.test(text)) return Number(text)
  const place = (names as readonly string[]).indexOf(text.toUpperCase())
  return place < 0 ? null : place + from
}

/** A cron line of five fields; what cannot be read is refused with the field and the value. */
export const Cron = z
  .string()
  .trim()
  .max(200)
  .superRefine((text, context) => {
    const problem = cronProblem(text)
    if (problem !== null) context.addIssue({ code: 'custom', message: problem })
  })

/** The name of a time zone in the IANA database. */
export const TimeZone = z
  .string()
  .max(64)
  .refine((name) => isTimeZone(name), {
    error: ({ input }) => `${String(input)} is no time zone, such as UTC or Europe/Berlin`,
  })

const isTimeZone = (name: string): boolean => {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
