import { dropTables, grants, type MigrationDatabase, runAll, wall } from './statements.ts'

/** What the gateway needs and keeps: keys, credentials, the audit, the request log and its hourly rollup. */
export const up = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    `create table gateway_keys (
      id uuid primary key,
      workspace_id uuid not null references workspaces,
      name text not null,
      hash bytea not null unique,
      prefix text not null,
      last4 text not null,
      scopes text[] not null,
      allowed_models text[] not null,
      expires_at timestamptz,
      revoked_at timestamptz,
      created_at timestamptz not null
    )`,
    `create index gateway_keys_list on gateway_keys (workspace_id, created_at desc, id desc)`,
    ...wall('gateway_keys'),

    `create table data_keys (
      id uuid primary key,
      workspace_id uuid not null references workspaces,
      kek_id text not null,
      wrapped bytea not null,
      created_at timestamptz not null,
      retired_at timestamptz
    )`,
    `create unique index data_keys_current on data_keys (workspace_id) where retired_at is null`,
    ...wall('data_keys'),

    `create table key_check (
      singleton boolean primary key default true check (singleton),
      value bytea not null
    )`,
    ...grants('key_check', { system: ['select', 'insert', 'update', 'delete'] }),

    `create table credentials (
      id uuid primary key,
      workspace_id uuid not null references workspaces,
      provider text not null,
      name text not null,
      base_url text not null,
      origin text not null,
      hint text not null,
      sealed bytea not null,
      data_key_id uuid not null references data_keys,
      fingerprint bytea not null,
      is_default boolean not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      last_used_at timestamptz,
      deleted_at timestamptz
    )`,
    `create index credentials_list on credentials (workspace_id, created_at desc, id desc)`,
    `create unique index credentials_one_default on credentials (workspace_id, provider)
      where is_default and deleted_at is null`,
    `create unique index credentials_name on credentials (workspace_id, provider, name) where deleted_at is null`,
    `create unique index credentials_fingerprint on credentials (workspace_id, provider, origin, fingerprint)
      where deleted_at is null`,
    ...wall('credentials', { app: ['select', 'insert', 'update'] }),

    `create table audit (
      workspace_id uuid not null references workspaces,
      seq bigint not null,
      at timestamptz not null,
      actor text not null,
      action text not null,
      target text not null,
      before jsonb,
      after jsonb,
      ip text,
      request_id text,
      prev_hash bytea not null,
      hash bytea not null,
      primary key (workspace_id, seq)
    )`,
    ...wall('audit', { app: ['select', 'insert'], system: ['select', 'insert'] }),

    // The key starts with the id, so that one request is found in each partition by its index.
    `create table requests (
      id uuid not null,
      day date not null,
      workspace_id uuid not null,
      key_id uuid,
      credential_id uuid,
      at timestamptz not null,
      operation_name text not null,
      prompt_preview text not null,
      complexity text,
      score double precision,
      request_model text not null,
      provider_name text,
      response_model text,
      route text,
      attempts jsonb not null,
      status text not null,
      http_status integer,
      error_code text,
      error_message text,
      finish_reason text,
      input_tokens bigint not null,
      output_tokens bigint not null,
      cache_read_input_tokens bigint not null,
      cache_write_input_tokens bigint not null,
      reasoning_output_tokens bigint not null,
      cost_nano_usd bigint,
      baseline_cost_nano_usd bigint,
      saving_nano_usd bigint,
      ttft_ms double precision,
      latency_ms double precision,
      stream boolean not null,
      estimated boolean not null,
      priced boolean not null,
      conversation_id text,
      environment text,
      tags jsonb not null,
      primary key (id, day)
    ) partition by range (day)`,
    `create index requests_list on requests (workspace_id, at desc, id desc)`,
    ...wall('requests', { app: ['select'], system: ['select', 'insert'] }),

    `create table usage_hour (
      workspace_id uuid not null,
      hour timestamptz not null,
      provider_name text,
      model text not null,
      key_id uuid,
      complexity text,
      requests bigint not null,
      failed bigint not null,
      completed bigint not null,
      unpriced bigint not null,
      input_tokens bigint not null,
      output_tokens bigint not null,
      cache_read_input_tokens bigint not null,
      cost_nano_usd bigint not null,
      baseline_cost_nano_usd bigint not null,
      saving_nano_usd bigint not null,
      latency_ms_sum double precision not null,
      unique nulls not distinct (workspace_id, hour, provider_name, model, key_id, complexity)
    )`,
    ...wall('usage_hour', { app: ['select'] }),
  ])

export const down = (db: MigrationDatabase): Promise<void> =>
  runAll(db, dropTables('usage_hour', 'requests', 'audit', 'credentials', 'key_check', 'data_keys', 'gateway_keys'))
