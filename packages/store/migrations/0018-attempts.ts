import { dropTables, type MigrationDatabase, runAll, wall } from './statements.ts'

/** How providers did by attempt, what was saved by whose choice, and which model a saving is told against. */
export const up = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    `create table provider_hour (
      workspace_id uuid not null,
      hour timestamptz not null,
      provider_name text not null,
      answered bigint not null,
      failed bigint not null,
      primary key (workspace_id, hour, provider_name)
    )`,
    ...wall('provider_hour', { app: ['select'] }),
    `alter table usage_hour
      add column routed_saving_nano_usd bigint not null default 0,
      add column pinned_saving_nano_usd bigint not null default 0,
      add column cached_saving_nano_usd bigint not null default 0`,
    `alter table requests add column baseline_model text`,
  ])

export const down = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    `alter table requests drop column baseline_model`,
    `alter table usage_hour
      drop column routed_saving_nano_usd,
      drop column pinned_saving_nano_usd,
      drop column cached_saving_nano_usd`,
    ...dropTables('provider_hour'),
  ])
