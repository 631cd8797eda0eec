import type { Credential, CredentialCheck, MasterKeyState } from '@assay/core'
import { shortIds } from '../ids.ts'
import type { Output } from '../terminal/output.ts'
import { fields, table } from './table.ts'
import { relativeTime } from './time.ts'
import { plain } from './width.ts'

type Printing = { out: Pick<Output, 'columns' | 'colours'>; now: number }

/** Credentials, one a line. */
export const credentialTable = (rows: readonly Credential[], { out, now }: Printing): string => {
  const short = shortIds(rows.map(({ id }) => id))
  return table(
    rows,
    [
      { name: 'id', cell: ({ id }) => short(id), paint: out.colours.dim },
      { name: 'provider', cell: ({ provider }) => provider },
      { name: 'name', cell: ({ name }) => name, flexible: true },
      { name: 'key', cell: ({ hint }) => hint },
      { name: 'url', cell: ({ baseUrl }) => baseUrl, flexible: true },
      { name: 'default', cell: ({ isDefault }) => (isDefault ? 'yes' : '') },
      {
        name: 'status',
        cell: (row) => stateOf(row, now),
        paint: (text, row) => (stateOf(row, now) === 'active' ? text : out.colours.yellow(text)),
      },
      { name: 'last used', cell: ({ lastUsedAt }) => relativeTime(lastUsedAt, now) },
    ],
    out,
  )
}

/** One credential with all that may be known of it. */
export const credentialText = (credential: Credential, { out, now }: Printing): string => {
  const { options } = credential
  const told: [string, string | null][] = [
    ['id', credential.id],
    ['provider', credential.provider],
    ['name', credential.name],
    ['key', credential.hint],
    ['url', credential.baseUrl],
    ['default', credential.isDefault ? 'yes' : 'no'],
    ['status', stateOf(credential, now)],
    ['last error', credential.lastError],
    ['options', Object.keys(options).length > 0 ? JSON.stringify(options) : null],
    ['made', `${relativeTime(credential.createdAt, now)}${credential.createdBy ? ` by ${credential.createdBy}` : ''}`],
    ['secret set', relativeTime(credential.secretSetAt, now)],
    ['secret due', credential.dueAt && relativeTime(credential.dueAt, now)],
    ['expires', credential.expiresAt && relativeTime(credential.expiresAt, now)],
    ['former secret', credential.graceUntil && `kept until ${credential.graceUntil}`],
    ['last checked', relativeTime(credential.lastCheckedAt, now)],
    ['last used', relativeTime(credential.lastUsedAt, now)],
  ]
  const rows = told.flatMap(([name, value]): [string, string][] => (value === null ? [] : [[name, plain(value)]]))
  return fields(rows, out.colours)
}

/** What a provider said of a key. */
export const checkText = (check: CredentialCheck): string => {
  const { ok, latencyMs, models, error } = check
  if (!ok) return `Not accepted (${error?.code ?? 'unexpected'}): ${plain(error?.message ?? '')}`
  const counted = models ? `, ${models.length} ${models.length === 1 ? 'model' : 'models'}` : ''
  return `Accepted in ${Math.round(latencyMs)} ms${counted}.`
}

/** Master keys and what each still opens. */
export const masterKeyTable = (rows: readonly MasterKeyState[], { out }: Pick<Printing, 'out'>): string =>
  table(
    rows,
    [
      { name: 'master key', cell: ({ id }) => id },
      { name: 'from', cell: ({ source }) => source ?? 'not here', flexible: true },
      { name: 'data keys', cell: ({ dataKeys }) => String(dataKeys), align: 'right' },
      {
        name: 'state',
        cell: ({ isCurrent, dataKeys }) => (isCurrent ? 'current' : dataKeys > 0 ? 'still needed' : 'may go'),
      },
    ],
    out,
  )

const stateOf = ({ status, expiresAt }: Credential, now: number): string =>
  status === 'active' && expiresAt !== null && Date.parse(expiresAt) <= now ? 'expired' : status
