import { dropTables, type MigrationDatabase, runAll, wall } from './statements.ts'

/** What reports say beside the error itself, and what a workspace wants kept of its failures. */
export const up = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    `alter table failures
      add column causes jsonb,
      add column provider_code text,
      add column provider_type text,
      add column conversation_id text,
      add column package text,
      add column package_version text,
      add column framework text,
      add column absorbed boolean not null default false,
      add column bodies text not null default 'kept',
      add column truncated text[] not null default '{}',
      add column grouping_version integer not null default 1`,
    `alter table failure_groups add column absorbed bigint not null default 0`,
    `create table monitor_settings (
      workspace_id uuid primary key references workspaces,
      bodies text not null,
      threshold integer not null check (threshold between 2 and 100),
      updated_at timestamptz not null
    )`,
    ...wall('monitor_settings'),
  ])

export const down = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    ...dropTables('monitor_settings'),
    `alter table failure_groups drop column absorbed`,
    `alter table failures
      drop column causes,
      drop column provider_code,
      drop column provider_type,
      drop column conversation_id,
      drop column package,
      drop column package_version,
      drop column framework,
      drop column absorbed,
      drop column bodies,
      drop column truncated,
      drop column grouping_version`,
  ])
