import type {
  AuditRow,
  FailureGroupDetail,
  FailureReceipt,
  GroupChange,
  Page,
  Regrouping,
  RuleTrial,
} from '@assay/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService, type TestService } from '../../__fixtures__/service.ts'

let service: TestService
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service[Symbol.asyncDispose]())

const request = { model: 'sim/echo', messages: [{ role: 'user', content: 'Read the invoice.' }] }
const report = async (name: string, message: string, more: Record<string, unknown> = {}) =>
  (await service.call<FailureReceipt>('POST /api/v1/failures', { body: { name, message, ...more } })).body
const group = async (id: string) => (await service.call<FailureGroupDetail>(`GET /api/v1/failure-groups/${id}`)).body
const post = <Body>(path: string, body: unknown = {}) =>
  service.call<Body>(`POST /api/v1/failure-groups/${path}`, { body })
type Changed = { change: GroupChange; group: FailureGroupDetail; from: FailureGroupDetail | null }
type Problem = { error: { code: string; message: string; hint: string } }

test('merge, report again, undo, report again: events land in the right group each time', async () => {
  const a = (await report('WalkError', 'the first half of the walk is lost', { request })).group.id
  const b = (await report('WalkError', 'the other half of the walk is gone', { request })).group.id
  const { status, body } = await post<Changed>(`${a}/merge`, { into: b })
  expect(status).toBe(200)
  expect(body).toMatchObject({ change: { kind: 'merge', fromId: a, intoId: b }, group: { id: b, occurrences: 2 } })
  const third = await report('WalkError', 'the first half of the walk is lost', { request })
  expect(third).toMatchObject({ group: { id: b, occurrences: 3 }, regressionTest: { name: 'regression_walk_error' } })
  expect(await group(a)).toMatchObject({ id: b, fingerprints: [{ occurrences: 2 }, { occurrences: 1 }] })
  expect((await post<GroupChange>(`merges/${body.change.id}/undo`)).body.undoneAt).not.toBeNull()
  expect((await report('WalkError', 'the first half of the walk is lost')).group).toMatchObject({
    id: a,
    occurrences: 3,
  })
  expect((await report('WalkError', 'the other half of the walk is gone')).group).toMatchObject({
    id: b,
    occurrences: 2,
  })
  const { body: audit } = await service.call<Page<AuditRow>>('GET /api/v1/audit?action=failure_group.')
  expect(audit.items.map(({ action }) => action)).toEqual(['failure_group.undo_merge', 'failure_group.merge'])
  const { body: changes } = await service.call<Page<GroupChange>>('GET /api/v1/failure-groups/merges')
  expect(changes.items).toHaveLength(1)
})

test('two groups that reach the threshold only together get their test by the merge', async () => {
  const a = (await report('SumError', 'one part of the sum', { request })).group.id
  await report('SumError', 'one part of the sum', { request })
  const b = (await report('SumError', 'another piece of it', { request })).group.id
  const { body } = await post<Changed>(`${a}/merge`, { into: b })
  expect(body.group).toMatchObject({ occurrences: 3, testStatus: 'created' })
})

test('a part is split off by fingerprint or by event, and what is wrong with a wish is said', async () => {
  const a = await report('PartError', 'a first cause of it all', { request })
  const b = await report('PartError', 'something else altogether', { request })
  await post(`${a.group.id}/merge`, { into: b.group.id })
  const id = b.group.id
  const split = await post<Changed>(`${id}/split`, { failureIds: [a.failure.id], title: 'Apart' })
  expect(split).toMatchObject({
    status: 201,
    body: { group: { title: 'Apart', occurrences: 1 }, from: { id, occurrences: 1 } },
  })
  const problems: [string, object, number, string][] = [
    [`${id}/merge`, { into: id }, 409, 'into itself'],
    [`${id}/merge`, { into: crypto.randomUUID() }, 404, 'no failure group'],
    [`${crypto.randomUUID()}/split`, { fingerprints: ['0123456789abcdef'] }, 404, 'no failure group'],
    [`${id}/split`, {}, 400, 'exactly one of fingerprints and failureIds'],
    [`${id}/split`, { fingerprints: ['nope'] }, 400, '16 hex'],
    [`${id}/split`, { fingerprints: ['0123456789abcdef'] }, 404, 'fingerprint in group'],
    [`${id}/split`, { failureIds: [a.failure.id] }, 404, 'failure in group'],
    [`${id}/split`, { failureIds: [b.failure.id] }, 409, 'nothing would stay'],
    [`merges/${crypto.randomUUID()}/undo`, {}, 404, 'no merge or split'],
  ]
  for (const [path, body, status, words] of problems) {
    const answer = await post<Problem>(path, body)
    expect({ status: answer.status, message: answer.body.error.message }).toEqual({
      status,
      message: expect.stringContaining(words) as string,
    })
  }
  expect(await group(id)).toMatchObject({ occurrences: 1 })
})

test('a resolved group says in which release, is reopened by a newer one, and announces it', async () => {
  const { group: found } = await report('ReleaseError', 'it broke', { release: '1.0.0' })
  const patch = (body: object) => service.call<Problem>(`PATCH /api/v1/failure-groups/${found.id}`, { body })
  expect(await patch({ state: 'resolved', resolvedIn: '1.1.0', title: 'Broken release' })).toMatchObject({
    body: { state: 'resolved', resolvedIn: '1.1.0', title: 'Broken release' },
  })
  await report('ReleaseError', 'it broke', { release: '1.0.9' })
  expect(await group(found.id)).toMatchObject({ state: 'resolved', occurrences: 2 })
  await report('ReleaseError', 'it broke', { release: '1.1.0' })
  expect(await group(found.id)).toMatchObject({
    state: 'reopened',
    releases: [{ release: '1.1.0' }, { release: '1.0.9' }, { release: '1.0.0' }],
  })
  for (const [body, words] of [
    [{ resolvedIn: '2.0.0' }, 'state or a title'],
    [{ state: 'open', resolvedIn: '2.0.0' }, 'goes with the state resolved'],
    [{ state: 'muted', mutedUntil: '2020-01-01T00:00:00.000Z' }, 'is over already'],
    [{ state: 'open', mutedFor: 3 }, 'go with the state muted'],
    [{ state: 'reopened' }, 'state'],
  ] as const) {
    const answer = await patch(body)
    expect({ status: answer.status, message: answer.body.error.message }).toEqual({
      status: 400,
      message: expect.stringContaining(words) as string,
    })
  }
})

test('a rule goes before all else, says what it would match first, and its groups can be merged too', async () => {
  const message = (model: string, table: string) => `table ${table} of model ${model} is full`
  const before = await report('TableError', message('alpha', 'left'))
  await report('TableError', message('alpha', 'right'))
  const rule = {
    name: 'tables',
    pattern: 'table \\w+ of model (?<model>\\w+) is full',
    template: '{{category}}:{{param.model}}',
  }
  const trial = await post<RuleTrial>('rules/try', { pattern: rule.pattern, template: rule.template })
  expect(trial.body).toMatchObject({
    matched: 2,
    tooSlow: 0,
    groups: [{ key: 'unknown:alpha', failures: 2, groups: 2 }],
  })
  expect(await post('rules', rule)).toMatchObject({ status: 201, body: { enabled: true, disabledReason: null } })
  expect(await post('rules', rule)).toMatchObject({ status: 409, body: { error: { code: 'monitor.rule_name_taken' } } })
  const first = await report('TableError', message('alpha', 'left'))
  expect(first.group.id).not.toBe(before.group.id)
  const second = await report('TableError', message('alpha', 'middle'))
  expect(second.group).toMatchObject({ id: first.group.id, occurrences: 2 })
  expect((await group(first.group.id)).why.at(-1)).toBe('grouped by the rule "tables" as "unknown:alpha"')
  const other = await report('TableError', message('beta', 'left'))
  expect(other.group.id).not.toBe(first.group.id)
  await post(`${other.group.id}/merge`, { into: first.group.id })
  expect((await report('TableError', message('beta', 'right'))).group.id).toBe(first.group.id)

  const dry = await post<Regrouping>('regroup')
  expect(dry.body).toMatchObject({ dryRun: true, moved: 2, isComplete: true, change: null })
  expect((await group(before.group.id)).occurrences).toBe(1)
  const done = await post<Regrouping>('regroup', { apply: true })
  expect(done.body).toMatchObject({ dryRun: false, moved: 2, change: { kind: 'regroup', intoId: first.group.id } })
  expect((await group(first.group.id)).occurrences).toBe(6)
  expect((await post<Regrouping>('regroup')).body).toMatchObject({ moved: 0 })
  await post(`merges/${done.body.change!.id}/undo`)
  expect((await group(first.group.id)).occurrences).toBe(4)
  expect((await group(before.group.id)).occurrences).toBe(1)
})

test.each([
  [{ pattern: '(', template: 'x' }, 'pattern'],
  [{ pattern: 'a*', template: 'x' }, 'empty text'],
  [{ pattern: 'abc', template: '{{param.colour}}' }, '{{param.colour}} is unknown'],
  [{ pattern: 'abc', template: '{{category' }, 'do not close'],
  [{ pattern: 'abc', template: '' }, 'template'],
])('a rule that could never work is refused by its field: %o', async (rule, words) => {
  const answer = await post<Problem>('rules', { name: 'wrong', ...rule })
  expect(answer.status).toBe(400)
  expect(answer.body.error.message).toContain(words)
})

test('a rule that takes too long is switched off, and the report is counted all the same', async () => {
  const rule = { name: 'slow', pattern: '^SlowError: (a+)+$', template: '{{category}}' }
  expect((await post('rules', rule)).status).toBe(201)
  const { group: counted } = await report('SlowError', `${'a'.repeat(60)}!`)
  expect(counted.occurrences).toBe(1)
  const { body } = await service.call<{ items: { name: string; enabled: boolean; disabledReason: string }[] }>(
    'GET /api/v1/failure-groups/rules',
  )
  expect(body.items.find(({ name }) => name === 'slow')).toMatchObject({ enabled: false, disabledReason: /too long/ })
}, 20_000)

test('groups can be counted by incidents, with a threshold of the workspace', async () => {
  const settings = (body: object) => service.call('PATCH /api/v1/monitor/settings', { body })
  expect(await settings({ countBy: 'incidents', threshold: 2 })).toMatchObject({
    status: 200,
    body: { countBy: 'incidents' },
  })
  const at = (minute: number) => ({ at: `2026-01-01T00:${minute.toString().padStart(2, '0')}:00.000Z`, request })
  await report('SlowdownError', 'slower and slower', at(0))
  const soon = await report('SlowdownError', 'slower and slower', at(1))
  expect(soon).toMatchObject({ group: { occurrences: 2, incidents: 1, countBy: 'incidents' }, regressionTest: null })
  const late = await report('SlowdownError', 'slower and slower', at(30))
  expect(late).toMatchObject({ group: { incidents: 2 }, regressionTest: { name: 'regression_slowdown_error' } })
  await settings({ countBy: 'occurrences', threshold: 3 })
})
