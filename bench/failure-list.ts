/**
 * The list of failure groups at its size: `node -C assay-source bench/failure-list.ts [groups] [events]`, 100,000 groups
 * of 1,000,000 events on the embedded engine unless told otherwise. Each list beside the bare statement that reads the
 * same rows by the same index, A B A B.
 */
import { createId, diagnose, silentLog, timestamp } from '@assay/core'
import { listFailureGroups, openStore, type WorkspaceScope } from '@assay/store'
import { type RawBuilder, sql } from 'kysely'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROUNDS = 15
const EVENTS_AT_ONCE = 25_000
const [groups, events] = [Number(process.argv[2] ?? 100_000), Number(process.argv[3] ?? 1_000_000)]
const newId = () => createId({ now: Date.now, randomBytes: (size) => new Uint8Array(randomBytes(size)) })

const dataDir = await mkdtemp(join(tmpdir(), 'assay-failure-list-'))
const store = await openStore({ dataDir, log: silentLog, migrate: true })
try {
  const workspaceId = newId()
  const startedAt = performance.now()
  await fill(workspaceId)
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0)
  console.log(
    `${groups} groups, ${events} events in ${seconds} s; ${process.version} ${process.arch}, ${store.engine} engine`,
  )
  console.log(`medians of ${ROUNDS} rounds, milliseconds for the first 50 groups`)
  const worst: number[] = []
  for (const { name, list, bare } of lists()) {
    const [ours, bound]: [number[], number[]] = [[], []]
    for (let round = 0; round < ROUNDS + 2; round++) {
      const ms = { ours: await timed(list), bound: await timed(bare) }
      // The first two rounds warm the caches of the engine.
      if (round < 2) continue
      ours.push(ms.ours)
      bound.push(ms.bound)
    }
    const ratio = median(ours) / median(bound)
    worst.push(ratio)
    console.log(
      `${name.padEnd(34)} list ${median(ours).toFixed(2)}  bare indexed query ${median(bound).toFixed(2)}  ratio ${ratio.toFixed(2)}`,
    )
  }
  console.log(`worst ratio        ${Math.max(...worst).toFixed(2)} (goal: at most 2)`)

  function lists() {
    const inWorkspace =
      <Result>(work: (scope: WorkspaceScope) => Promise<Result>) =>
      () =>
        store.inWorkspace(workspaceId, work)
    const bareBy = (column: 'lastSeenAt' | 'occurrences', state?: 'open') =>
      inWorkspace(({ db }) => {
        const select = db
          .selectFrom('failureGroups')
          .selectAll()
          .where('workspaceId', '=', workspaceId)
          .where('mergedInto', 'is', null)
          .where('occurrences', '>', 0)
        return (state === undefined ? select : select.where('state', '=', state))
          .orderBy(column, 'desc')
          .orderBy('id', 'desc')
          .limit(51)
          .execute()
      })
    const listBy = (query: Parameters<typeof listFailureGroups>[1]) =>
      inWorkspace((scope) => listFailureGroups(scope, query))
    return [
      { name: 'by last occurrence', list: listBy({ sort: 'lastSeen' }), bare: bareBy('lastSeenAt') },
      { name: 'by count', list: listBy({ sort: 'occurrences' }), bare: bareBy('occurrences') },
      { name: 'open ones, by last occurrence', list: listBy({ state: 'open' }), bare: bareBy('lastSeenAt', 'open') },
    ]
  }
} finally {
  await store.close()
  await rm(dataDir, { recursive: true, force: true })
}

/** Groups as reports leave them, written by the database itself: each with its fingerprint, its days and its events. */
async function fill(workspaceId: string): Promise<void> {
  const { family, why, category } = diagnose({ message: 'TypeError: fetch failed' })
  await store.inSystem(({ db }) =>
    db
      .insertInto('workspaces')
      .values({ id: workspaceId, slug: 'bench', name: 'Bench', tier: 'pro', createdAt: timestamp(Date.now()) })
      .execute(),
  )
  const today = timestamp(Date.now()).slice(0, 10)
  await write(
    sql`
    insert into failure_groups (id, workspace_id, fingerprint, family, title, category, severity, why, state, occurrences,
      incidents, threshold, users, first_seen_at, last_seen_at, test_status)
    select md5('group ' || n)::uuid, ${workspaceId}, left(md5(n::text), 16), ${family}, 'Failure number ' || n, ${category},
      'medium', ${JSON.stringify(why)}::jsonb, case when n % 5 = 0 then 'resolved' else 'open' end,
      ${Math.round(events / groups)}, 1, 3, 0, now() - interval '13 days', now() - n * interval '1 second', 'waiting'
    from generate_series(1, ${groups}::integer) n`,
    sql`
    insert into fingerprint_aliases (id, workspace_id, fingerprint, group_id, is_open, origin, category, grouping_version, created_at)
    select id, workspace_id, fingerprint, id, true, 'own', category, 1, first_seen_at from failure_groups`,
  )
  for (let day = 0; day < 10; day++) {
    await write(sql`
      insert into failure_group_days (workspace_id, alias_id, day, occurrences, incidents, first_seen_at, last_seen_at)
      select workspace_id, id, current_date - ${day}::integer, 1, 1, now(), now() from failure_groups`)
  }
  for (let from = 1; from <= events; from += EVENTS_AT_ONCE) {
    await write(sql`
      insert into failures (id, day, workspace_id, group_id, alias_id, at, received_at, message, environment, category,
        severity, fingerprint, family, count, tags, redactions)
      select md5('event ' || n)::uuid, ${today}::date, ${workspaceId}, md5('group ' || (n % ${groups}::integer + 1))::uuid,
        md5('group ' || (n % ${groups}::integer + 1))::uuid, now(), now(), 'fetch failed', 'production', ${category}, 'medium',
        left(md5((n % ${groups}::integer + 1)::text), 16), ${family}, 1, '{}', '{}'
      from generate_series(${from}::integer, ${Math.min(events, from + EVENTS_AT_ONCE - 1)}::integer) n`)
  }
  await write(
    ...['failure_groups', 'fingerprint_aliases', 'failure_group_days', 'failures'].map(
      (table) => sql`analyze ${sql.id(table)}`,
    ),
  )
}

/** Statements that no application may run, in one transaction; short ones, because the embedded engine has little memory. */
function write(...statements: RawBuilder<unknown>[]): Promise<void> {
  return store.inSystem(async ({ db }) => {
    await db
      .selectNoFrom((eb) => eb.fn<string>('set_config', [eb.val('role'), eb.val('none'), eb.val(true)]).as('role'))
      .execute()
    for (const statement of statements) await statement.execute(db)
  })
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
