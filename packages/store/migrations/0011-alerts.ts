import { dropTables, type MigrationDatabase, runAll, wall } from './statements.ts'

/** Who is told of alerts and where, what was sent, and the requests of the last minutes, which errors are judged by. */
export const up = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    `create table alert_channels (
      id uuid primary key,
      workspace_id uuid not null references workspaces,
      name text not null,
      kind text not null check (kind in ('email', 'webhook', 'slack')),
      recipients text[] not null,
      url text,
      -- Which place the sealed part belongs to; null where nothing is sealed.
      origin text,
      sealed bytea,
      previous_sealed bytea,
      data_key_id uuid,
      grace_until timestamptz,
      enabled boolean not null,
      disabled_reason text,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      unique (workspace_id, name)
    )`,
    ...wall('alert_channels'),

    `create table alert_rules (
      id uuid primary key,
      workspace_id uuid not null references workspaces,
      name text not null,
      events text[] not null,
      filter jsonb not null,
      channel_ids uuid[] not null,
      enabled boolean not null,
      muted_until timestamptz,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      unique (workspace_id, name)
    )`,
    ...wall('alert_rules'),

    `create table alert_deliveries (
      id uuid primary key,
      workspace_id uuid not null references workspaces,
      notice_id uuid references alert_notices on delete cascade,
      alert_id uuid references alerts on delete cascade,
      channel_id uuid not null references alert_channels on delete cascade,
      rule_id uuid,
      kind text not null check (kind in ('raised', 'resolved', 'test')),
      state text not null check (state in ('waiting', 'delivered', 'failed', 'muted')),
      title text not null,
      tries integer not null,
      next_at timestamptz,
      last_error text,
      at timestamptz not null,
      delivered_at timestamptz,
      unique (notice_id, channel_id)
    )`,
    `create index alert_deliveries_due on alert_deliveries (next_at) where state = 'waiting'`,
    `create index alert_deliveries_list on alert_deliveries (workspace_id, at desc, id desc)`,
    `create index alert_deliveries_alert on alert_deliveries (alert_id, channel_id)`,
    ...wall('alert_deliveries'),

    `create table usage_minute (
      workspace_id uuid not null,
      minute timestamptz not null,
      requests bigint not null,
      failed bigint not null,
      primary key (workspace_id, minute)
    )`,
    ...wall('usage_minute', { app: ['select'] }),
  ])

export const down = (db: MigrationDatabase): Promise<void> =>
  runAll(db, dropTables('usage_minute', 'alert_deliveries', 'alert_rules', 'alert_channels'))
