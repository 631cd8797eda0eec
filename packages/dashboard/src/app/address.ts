import type { SearchSchemaInput } from '@tanstack/react-router'

/** How the fields of a screen's search are read from the address: each from its text, undefined when it says nothing. */
export type SearchFields<Search> = { [Name in keyof Search]-?: (text: string) => Search[Name] | undefined }

export type SearchReader<Search> = {
  /** The fields that the address names and this screen knows. */
  read: (raw: Partial<Search> & SearchSchemaInput) => Search
  /** The names of those whose value is not known here. */
  ignored: (raw: Record<string, unknown>) => string[]
}

/** Reads a screen's part of the address; what it cannot read falls back to the default, and is named. */
export const searchReader = <Search extends object>(
  fields: SearchFields<Search>,
  defaults: Partial<Search> = {},
): SearchReader<Search> => {
  const entries = Object.entries(fields) as [string, (text: string) => unknown][]
  const valueOf = (raw: Record<string, unknown>, [name, read]: (typeof entries)[number]) =>
    raw[name] === undefined ? undefined : read(raw[name] as string)
  return {
    read: (raw: Record<string, unknown>) =>
      // A field without a value is written down as such: the router lays what is read over what stands in the address.
      Object.fromEntries(
        entries.map((entry) => [entry[0], valueOf(raw, entry) ?? defaults[entry[0] as keyof Search]]),
      ) as Search,
    ignored: (raw) =>
      entries.filter((entry) => raw[entry[0]] !== undefined && valueOf(raw, entry) === undefined).map(([name]) => name),
  }
}

/** One of the given words. */
export const oneOf =
  <const Word extends string>(wanted: readonly Word[]) =>
  (text: string): Word | undefined =>
    wanted.find((word) => word === text)

/** Any text up to a length; empty says nothing. */
export const textUpTo =
  (limit: number) =>
  (text: string): string | undefined =>
    text.length > 0 && text.length <= limit ? text : undefined

/** `?a=1&b=x` as it stands: every value is a text, so that a filter for `5` or `true` stays what was written. */
export const parseSearch = (search: string): Record<string, string> => Object.fromEntries(new URLSearchParams(search))

export const stringifySearch = (search: Record<string, unknown>): string => {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) {
    if (typeof value === 'string' && value !== '') parameters.set(name, value)
  }
  const text = parameters.toString()
  return text === '' ? '' : `?${text}`
}
