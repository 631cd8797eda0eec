import { systemPostgres } from '@assay/testkit'
import { describeStore } from '@assay/testkit/store-contract'

/** The newest server hides what the oldest one lacks; this machine's own may be old enough to tell. */
const binDir = systemPostgres()

describeStore(
  binDir ? `the PostgreSQL of ${binDir}` : 'the PostgreSQL of this machine (skipped: pg_config finds none)',
  binDir ? { engine: 'server', binDir } : null,
)
