import { DAY_MS, type FailureGroup, type Page } from '@assay/core'
import { expect, test } from 'vitest'
import { startService } from '../__fixtures__/service.ts'
import { dropOldDays } from './upkeep.ts'

test('after ninety days a failure is gone, and its group stays', async () => {
  await using service = await startService({ environment: { ASSAY_ROLES: 'gateway,web' } })
  const { app, call } = service
  await call('POST /api/v1/failures', { body: { name: 'OldError', message: 'Long ago' } })
  const count = async (path: string) => (await call<Page<FailureGroup>>(`GET /api/v1/${path}`)).body.items.length

  await dropOldDays({ ...app, now: () => app.now() + 89 * DAY_MS })
  expect(await count('failures')).toBe(1)
  await dropOldDays({ ...app, now: () => app.now() + 92 * DAY_MS })
  expect({ failures: await count('failures'), groups: await count('failure-groups') }).toEqual({
    failures: 0,
    groups: 1,
  })
})
