import { describeStore, systemPostgres } from '@assay/testkit'
import { describe, test } from 'vitest'

/** The newest server hides what the oldest one lacks; this machine's own may be old enough to tell. */
const binDir = systemPostgres()

if (binDir) describeStore(`a store on the PostgreSQL of ${binDir}`, { engine: 'server', binDir })
else
  describe('a store on the PostgreSQL of this machine', () => test.skip('skipped: pg_config finds none here', () => {}))
