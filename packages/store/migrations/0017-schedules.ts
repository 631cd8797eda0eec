import { dropTables, type MigrationDatabase, runAll, wall } from './statements.ts'

/** What a schedule is called, runs and may cost, whether it rests, and which runs were its own. */
export const up = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    `alter table schedules
      add column name text not null default 'every 6 hours',
      add column test_ids uuid[] not null default '{}',
      add column daily_budget_nano_usd bigint not null default 1000000000,
      add column paused boolean not null default false,
      add column last_outcome text,
      add column updated_at timestamptz not null default now()`,
    `alter table schedules alter column name drop default`,
    `create unique index schedules_name on schedules (workspace_id, name)`,
    `drop index schedules_due`,
    `create index schedules_due on schedules (next_at) where not paused`,

    `create table schedule_runs (
      run_id uuid primary key references runs on delete cascade,
      schedule_id uuid not null references schedules on delete cascade,
      workspace_id uuid not null,
      at timestamptz not null
    )`,
    `create index schedule_runs_list on schedule_runs (schedule_id, at desc)`,
    ...wall('schedule_runs'),
  ])

export const down = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    ...dropTables('schedule_runs'),
    `drop index schedules_name`,
    `drop index schedules_due`,
    `create index schedules_due on schedules (next_at)`,
    `alter table schedules
      drop column name, drop column test_ids, drop column daily_budget_nano_usd, drop column paused,
      drop column last_outcome, drop column updated_at`,
  ])
