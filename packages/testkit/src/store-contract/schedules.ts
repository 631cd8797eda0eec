import { DAY_MS, HOUR_MS, timestamp } from '@assay/core'
import {
  addScheduleRun,
  dueSchedules,
  ensureDefaultSchedule,
  findSchedule,
  insertRun,
  insertSchedule,
  listSchedules,
  lockSchedule,
  removeSchedule,
  scheduleUses,
  updateRun,
  updateSchedule,
  type ScheduleRow,
} from '@assay/store'
import { expect, test } from 'vitest'
import { runOf } from '../records.ts'
import { newId, type TestStore } from '../test-store.ts'

const now = Date.now()

const scheduleOf = (given: Partial<ScheduleRow> = {}): ScheduleRow => ({
  id: newId(),
  name: 'nightly',
  cron: '30 2 * * *',
  timeZone: 'Europe/Berlin',
  tag: null,
  testIds: [newId(), newId()],
  environment: 'staging',
  dailyBudgetNanoUsd: 9_007_199_254_740_991,
  paused: false,
  isDefault: false,
  nextAt: timestamp(now),
  lastAt: null,
  lastOutcome: null,
  createdAt: timestamp(now),
  updatedAt: timestamp(now),
  ...given,
})

/** When tests run by themselves. */
export const describeSchedules = (current: () => TestStore): void => {
  test('every workspace has one default schedule, and one that is due is seen until it is moved on or rests', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const at = timestamp(now)
    const named = { name: 'every 6 hours', cron: '0 */6 * * *', nextAt: at }
    for (let times = 0; times < 2; times++) {
      await store.inWorkspace(workspaceId, (scope) => ensureDefaultSchedule(scope, { id: newId(), ...named }))
    }
    const due = () =>
      store.inSystem(async (system) =>
        (await dueSchedules(system, at)).filter((schedule) => schedule.workspaceId === workspaceId),
      )
    const [schedule, ...more] = await due()
    expect(more).toEqual([])
    const { id } = schedule!
    const kept = await store.inWorkspace(workspaceId, (scope) => lockSchedule(scope, id))
    expect(kept).toMatchObject({ ...named, timeZone: 'UTC', environment: 'production', isDefault: true, paused: false })
    const change = (changes: object) =>
      store.inWorkspace(workspaceId, (scope) => updateSchedule(scope, { id, ...changes }))
    await change({ paused: true })
    expect(await due()).toEqual([])
    await change({ paused: false })
    expect(await due()).toHaveLength(1)
    expect(await change({ nextAt: timestamp(now + 6 * HOUR_MS), lastOutcome: 'queued' })).toMatchObject({
      lastOutcome: 'queued',
    })
    expect(await due()).toEqual([])
  })

  test('a schedule comes back as it was written, has a name of its own, and is seen in its workspace alone', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const { workspaceId: other } = await createWorkspace()
    const schedule = scheduleOf()
    await store.inWorkspace(workspaceId, (scope) => insertSchedule(scope, schedule))
    expect(await store.inWorkspace(workspaceId, listSchedules)).toEqual([schedule])
    await expect(store.inWorkspace(workspaceId, (scope) => insertSchedule(scope, scheduleOf()))).rejects.toThrow(
      /schedules_name/,
    )
    await store.inWorkspace(other, async (scope) => {
      expect(await listSchedules(scope)).toEqual([])
      expect(await findSchedule(scope, schedule.id)).toBeNull()
      expect(await updateSchedule(scope, { id: schedule.id, paused: true })).toBeNull()
      expect(await removeSchedule(scope, schedule.id)).toBe(false)
    })
    expect(await store.inWorkspace(workspaceId, (scope) => removeSchedule(scope, schedule.id))).toBe(true)
    expect(await store.inWorkspace(workspaceId, (scope) => findSchedule(scope, schedule.id))).toBeNull()
  })

  test('a schedule knows its newest run, the one that has not ended, and what it spent since a time', async () => {
    const { store, createWorkspace } = current()
    const { workspaceId } = await createWorkspace()
    const schedule = scheduleOf()
    const runs = [runOf(), runOf(), runOf()].map((run) => ({ ...run, id: newId() }))
    const uses = () =>
      store.inWorkspace(workspaceId, (scope) =>
        scheduleUses(scope, { since: timestamp(now - DAY_MS), ids: [schedule.id] }),
      )
    await store.inWorkspace(workspaceId, (scope) => insertSchedule(scope, schedule))
    expect(await uses()).toEqual(new Map())
    await store.inWorkspace(workspaceId, async (scope) => {
      for (const [place, run] of runs.entries()) {
        await insertRun(scope, { ...run, status: 'completed', costNanoUsd: 7 })
        const at = timestamp(now - (2 - place) * DAY_MS)
        await addScheduleRun(scope, { scheduleId: schedule.id, runId: run.id, at })
      }
    })
    const newest = { lastRunId: runs[2]!.id, spentNanoUsd: 14 }
    expect(await uses()).toEqual(new Map([[schedule.id, { ...newest, openRunId: null }]]))
    await store.inWorkspace(workspaceId, (scope) => updateRun(scope, { id: runs[0]!.id, status: 'running' }))
    expect(await uses()).toEqual(new Map([[schedule.id, { ...newest, openRunId: runs[0]!.id }]]))
  })
}
