import type { MigrationEvent, MigrationStatus } from '@assay/store'
import type { Output } from '../terminal/output.ts'
import { table } from './table.ts'
import { relativeTime } from './time.ts'

type Look = { out: Output; now: number }

/** Migrations and when they were applied. */
export const statusTable = (rows: readonly MigrationStatus[], { out, now }: Look): string =>
  table(
    rows,
    [
      { name: 'migration', cell: ({ name }) => name },
      {
        name: 'applied',
        cell: ({ appliedAt }) => (appliedAt ? relativeTime(appliedAt, now) : 'pending'),
        paint: (text, { appliedAt }) => (appliedAt ? text : out.colours.yellow(text)),
      },
    ],
    out,
  )

/** What was done to the schema. */
export const historyTable = (rows: readonly MigrationEvent[], { out, now }: Look): string =>
  table(
    rows,
    [
      { name: 'when', cell: ({ appliedAt }) => relativeTime(appliedAt, now) },
      { name: 'direction', cell: ({ direction }) => direction },
      { name: 'migration', cell: ({ name }) => name },
    ],
    out,
  )
