import { dropTables, type MigrationDatabase, runAll, wall } from './statements.ts'

/** The workspaces' own names for models, and whose model a bare name means. */
export const up = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    `create table model_names (
      workspace_id uuid primary key references workspaces,
      aliases jsonb not null,
      provider_order text[] not null,
      updated_at timestamptz not null
    )`,
    ...wall('model_names'),
  ])

export const down = (db: MigrationDatabase): Promise<void> => runAll(db, dropTables('model_names'))
