import { dropTables, type MigrationDatabase, runAll, wall } from './statements.ts'

/** Answers to calls with an `idempotency-key`, for a day, so that the same call sent again is not made again. */
export const up = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    `create table idempotent_calls (
      workspace_id uuid not null references workspaces,
      -- Of the gateway key and what the caller named its call.
      call_hash bytea not null,
      body_hash bytea not null,
      request_id uuid not null,
      started_at timestamptz not null,
      -- Null while the call is under way.
      status integer,
      headers jsonb,
      body bytea,
      primary key (workspace_id, call_hash)
    )`,
    `create index idempotent_calls_age on idempotent_calls (started_at)`,
    ...wall('idempotent_calls'),
  ])

export const down = (db: MigrationDatabase): Promise<void> => runAll(db, dropTables('idempotent_calls'))
