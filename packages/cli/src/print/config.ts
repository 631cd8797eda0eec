import { type Config, Environment, maskSecret, readConfig, Secret } from '@assay/core'
import type { Output } from '../terminal/output.ts'
import { table } from './table.ts'

/** One variable: its value as it may be seen, and whether the environment says it. */
export type Setting = {
  name: string
  value: string | number | boolean | readonly string[] | null
  given: boolean
  about: string
}

/** The whole configuration; throws `config.invalid` for a wrong one. */
export const settings = (environment: Record<string, string | undefined>): Setting[] => {
  const config = readConfig(environment)
  return Object.entries(Environment.shape).map(([name, schema]) => ({
    name,
    value: visible(config[name as keyof Config]),
    given: Boolean(environment[name]),
    about: schema.description ?? '',
  }))
}

/** The configuration as a table; what the environment does not say is dimmed. */
export const configText = (rows: readonly Setting[], out: Output): string =>
  table(
    rows,
    [
      { name: 'variable', cell: ({ name }) => name },
      {
        name: 'value',
        cell: ({ value }) => (value === null ? '' : value.toString()) || '—',
        flexible: true,
        paint: (text, { given }) => (given ? out.colours.bold(text) : out.colours.dim(text)),
      },
      { name: 'about', cell: ({ about }) => about, flexible: true, paint: out.colours.dim },
    ],
    out,
  )

const visible = (value: Config[keyof Config]): Setting['value'] => {
  if (value === undefined) return null
  return value instanceof Secret ? maskSecret(value.open()) : value
}
