import { dropTables, type MigrationDatabase, runAll, wall } from './statements.ts'

/**
 * What the request log tells beside the first figures: cache, guards, tools, rejected candidates; bodies and their
 * retention; rollups with spread and by tag; alerts with the notices they owe.
 */
export const up = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    `alter table requests
      add column credential_source text,
      add column rejected jsonb not null default '[]',
      add column cache text not null default 'off',
      add column guards text[] not null default '{}',
      add column dropped text[] not null default '{}',
      add column tools_used text[] not null default '{}',
      add column cache_saved_nano_usd bigint,
      add column price_version text,
      add column user_hash text,
      add column package_version text`,
    // What is looked for is rare among completed calls, so these stay small.
    `create index requests_unfinished on requests (workspace_id, at desc, id desc) where status <> 'completed'`,
    `create index requests_conversation on requests (workspace_id, conversation_id, at desc)
      where conversation_id is not null`,
    `create index requests_key on requests (workspace_id, key_id, at desc, id desc)`,

    `alter table usage_hour
      add column cancelled bigint not null default 0,
      add column cache_hits bigint not null default 0,
      add column cache_saved_nano_usd bigint not null default 0,
      add column latency_counts bigint[] not null default '{}',
      add column ttft_counts bigint[] not null default '{}'`,

    `create table usage_tag_hour (
      workspace_id uuid not null,
      hour timestamptz not null,
      tag text not null,
      requests bigint not null,
      failed bigint not null,
      completed bigint not null,
      cancelled bigint not null,
      unpriced bigint not null,
      input_tokens bigint not null,
      output_tokens bigint not null,
      cache_read_input_tokens bigint not null,
      cost_nano_usd bigint not null,
      baseline_cost_nano_usd bigint not null,
      saving_nano_usd bigint not null,
      cache_hits bigint not null,
      cache_saved_nano_usd bigint not null,
      primary key (workspace_id, hour, tag)
    )`,
    ...wall('usage_tag_hour', { app: ['select'] }),

    `create table request_bodies (
      id uuid not null,
      day date not null,
      workspace_id uuid not null,
      request jsonb not null,
      answer jsonb not null,
      redactions jsonb not null,
      primary key (id, day)
    ) partition by range (day)`,
    ...wall('request_bodies', { app: ['select'], system: ['select', 'insert'] }),

    `create table retention_settings (
      workspace_id uuid primary key references workspaces,
      retention text not null check (retention in ('none', 'metadata', 'full')),
      patterns jsonb not null,
      updated_at timestamptz not null
    )`,
    ...wall('retention_settings', { app: ['select', 'insert', 'update'] }),

    `create table alerts (
      id uuid primary key,
      workspace_id uuid not null references workspaces,
      rule text not null,
      object text not null,
      severity text not null,
      title text not null,
      details jsonb not null,
      count bigint not null,
      at timestamptz not null,
      last_at timestamptz not null,
      noticed_at timestamptz not null,
      acknowledged_at timestamptz,
      acknowledged_by text,
      resolved_at timestamptz
    )`,
    `create unique index alerts_one_open on alerts (workspace_id, rule, object) where resolved_at is null`,
    `create index alerts_of_object on alerts (workspace_id, rule, object, last_at desc)`,
    `create index alerts_list on alerts (workspace_id, at desc, id desc)`,
    ...wall('alerts'),

    // What has to be told to people, written with the alert itself; whoever delivers it takes it from here.
    `create table alert_notices (
      id uuid primary key,
      workspace_id uuid not null references workspaces,
      alert_id uuid not null references alerts on delete cascade,
      kind text not null check (kind in ('raised', 'resolved')),
      at timestamptz not null,
      delivered_at timestamptz
    )`,
    `create index alert_notices_waiting on alert_notices (at) where delivered_at is null`,
    ...wall('alert_notices'),
  ])

export const down = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    ...dropTables('alert_notices', 'alerts', 'retention_settings', 'request_bodies', 'usage_tag_hour'),
    `alter table usage_hour
      drop column cancelled,
      drop column cache_hits,
      drop column cache_saved_nano_usd,
      drop column latency_counts,
      drop column ttft_counts`,
    `drop index requests_key`,
    `drop index requests_conversation`,
    `drop index requests_unfinished`,
    `alter table requests
      drop column credential_source,
      drop column rejected,
      drop column cache,
      drop column guards,
      drop column dropped,
      drop column tools_used,
      drop column cache_saved_nano_usd,
      drop column price_version,
      drop column user_hash,
      drop column package_version`,
  ])
