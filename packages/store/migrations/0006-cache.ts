import { dropTables, type MigrationDatabase, runAll, wall } from './statements.ts'

/** Answers that are kept to be given again, what people say of answers, and what is measured of near-duplicates. */
export const up = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    `create table response_cache (
      cache_key text primary key,
      workspace_id uuid not null references workspaces,
      request_id uuid not null,
      prompt_preview text not null,
      prompt_hash text not null,
      prompt_normalized text,
      max_tokens integer,
      response text not null,
      provider text not null,
      model text not null,
      complexity text,
      finish_reason text not null,
      input_tokens bigint not null,
      output_tokens bigint not null,
      cache_read_input_tokens bigint not null,
      cache_write_input_tokens bigint not null,
      reasoning_output_tokens bigint not null,
      cost_nano_usd bigint,
      latency_ms double precision not null,
      size_bytes integer not null,
      tags jsonb not null,
      near_key text,
      signature bytea,
      created_at timestamptz not null,
      last_accessed_at timestamptz not null,
      expires_at timestamptz not null,
      hit_count bigint not null default 0,
      upvotes integer not null default 0,
      downvotes integer not null default 0,
      quality_score double precision not null default 0.5,
      pinned boolean not null default false,
      invalidated boolean not null default false,
      invalidation_reason text
        check (invalidation_reason in ('downvotes', 'manual', 'expired', 'model_retired', 'guard')),
      invalidated_at timestamptz,
      check (invalidated = (invalidation_reason is not null))
    )`,
    `create index response_cache_prompt on response_cache (prompt_hash)`,
    `create index response_cache_created on response_cache (created_at)`,
    `create index response_cache_accessed on response_cache (workspace_id, last_accessed_at)`,
    `create index response_cache_expiry on response_cache (expires_at) where not invalidated`,
    `create index response_cache_request on response_cache (workspace_id, request_id)`,
    `create index response_cache_near on response_cache (workspace_id, near_key) where near_key is not null`,
    ...wall('response_cache'),

    `create table response_feedback (
      id uuid primary key,
      request_id uuid not null,
      cache_key text references response_cache on delete set null,
      workspace_id uuid not null references workspaces,
      voter text not null,
      vote text not null check (vote in ('up', 'down', 'neutral')),
      rating integer check (rating between 1 and 5),
      comment text,
      user_agent text,
      created_at timestamptz not null,
      unique (request_id, voter)
    )`,
    `create index response_feedback_cache on response_feedback (cache_key)`,
    `create index response_feedback_list on response_feedback (workspace_id, created_at desc, id desc)`,
    ...wall('response_feedback'),

    `create table cache_settings (
      workspace_id uuid primary key references workspaces,
      near_duplicates text not null check (near_duplicates in ('off', 'suggest', 'serve')),
      updated_at timestamptz not null
    )`,
    ...wall('cache_settings'),

    `create table near_duplicates (
      request_id uuid primary key,
      workspace_id uuid not null references workspaces,
      cache_key text not null,
      is_served boolean not null,
      is_same boolean,
      at timestamptz not null
    )`,
    `create index near_duplicates_count on near_duplicates (workspace_id, at)`,
    ...wall('near_duplicates'),

    `alter table requests add column cached_from uuid, add column cache_saved_ms double precision`,
    `alter table usage_hour
      add column cache_misses bigint not null default 0,
      add column cache_saved_ms double precision not null default 0`,
  ])

export const down = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    `alter table usage_hour drop column cache_misses, drop column cache_saved_ms`,
    `alter table requests drop column cached_from, drop column cache_saved_ms`,
    ...dropTables('near_duplicates', 'cache_settings', 'response_feedback', 'response_cache'),
  ])
