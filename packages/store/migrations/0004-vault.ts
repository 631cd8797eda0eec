import { type MigrationDatabase, runAll } from './statements.ts'

/** What a credential may carry beside its secret, how it fares, the secret before the last one, and the check's key. */
export const up = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    `alter table credentials
      add column options jsonb not null default '{}',
      add column status text not null default 'active' check (status in ('active', 'inactive', 'invalid')),
      add column expires_at timestamptz,
      add column max_age_days integer,
      add column secret_set_at timestamptz,
      add column previous_sealed bytea,
      add column grace_until timestamptz,
      add column last_checked_at timestamptz,
      add column last_error text,
      add column created_by text`,
    // Row-level security binds the owner too, so the rows are filled in by the role that sees all.
    `select set_config('role', 'assay_system', true)`,
    `update credentials set secret_set_at = created_at`,
    `select set_config('role', 'none', true)`,
    `alter table credentials alter column secret_set_at set not null`,
    `create index credentials_grace on credentials (grace_until) where previous_sealed is not null`,
    `alter table key_check add column kek_id text`,
  ])

export const down = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    `alter table key_check drop column kek_id`,
    `drop index credentials_grace`,
    `alter table credentials
      drop column options,
      drop column status,
      drop column expires_at,
      drop column max_age_days,
      drop column secret_set_at,
      drop column previous_sealed,
      drop column grace_until,
      drop column last_checked_at,
      drop column last_error,
      drop column created_by`,
  ])
