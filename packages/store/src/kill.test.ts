import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Secret, silentLog } from '@assay/core'
import { startPostgres, temporaryDirectory } from '@assay/testkit'
import { expect, test } from 'vitest'
import { expectAll, startWriter } from './__fixtures__/writer.ts'
import { openStore } from './open-store.ts'

test.each([
  { engine: 'embedded', kills: 10 },
  { engine: 'server', kills: 3 },
])(
  'killed $kills times while it writes, the $engine engine and the spool lose and double nothing acknowledged',
  async ({ engine, kills }) => {
    await using directory = await temporaryDirectory()
    await using postgres = engine === 'server' ? await startPostgres() : null
    const dataDir = directory.path
    const acknowledged: string[] = []
    for (let round = 0; round < kills; round++) {
      const writer = await startWriter(dataDir, postgres?.url)
      await delay(randomInt(20, 200))
      await writer.kill()
      acknowledged.push(...writer.acknowledged)
    }
    await using store = await openStore({
      dataDir,
      log: silentLog,
      ...(postgres ? { databaseUrl: new Secret(postgres.url) } : {}),
    })
    expect(acknowledged.length).toBeGreaterThan(kills)
    await expectAll(store, { dataDir, acknowledged })
  },
  240_000,
)
