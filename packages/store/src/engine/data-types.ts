/**
 * How values of the database become values of the program: one table for both engines, whose own defaults differ.
 * Keyed by the object id of the type (pg_type.oid), which is fixed for built-in types.
 */
export const parsers: Record<number, (text: string) => unknown> = {
  16: (text) => text === 't' || text === 'true',
  17: (text) => parseBytes(text), // bytea
  20: (text) => parseInteger(text), // int8, and with it count(*)
  21: Number,
  23: Number,
  26: Number,
  700: Number,
  701: Number,
  114: (text) => JSON.parse(text) as unknown,
  3802: (text) => JSON.parse(text) as unknown,
  1082: (text) => text, // date: a day has no time zone to get wrong
  1114: (text) => parseTimestamp(`${text}+00`),
  1184: (text) => parseTimestamp(text),
  1186: (text) => text,
  1700: (text) => text, // numeric: as exact as it came
}

/** A whole number, refused where a JavaScript number would round it. */
export const parseInteger = (text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} does not fit a JavaScript number exactly`)
  return value
}

/** `2026-11-21 12:00:00.5+00` as `2026-11-21T12:00:00.500Z`; what is no date (`infinity`) stays as it is. */
export const parseTimestamp = (text: string): string => {
  const utc = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d+))?\+00$/.exec(text)
  if (utc) return `${utc[1]}T${utc[2]}.${(utc[3] ?? '').slice(0, 3).padEnd(3, '0')}Z`
  const milliseconds = Date.parse(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'))
  return Number.isNaN(milliseconds) ? text : new Date(milliseconds).toISOString()
}

const parseBytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.slice(2), 'hex'))
