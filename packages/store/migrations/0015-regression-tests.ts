import { dropTables, type MigrationDatabase, runAll, wall } from './statements.ts'

/** Regression tests that people write, change and confirm; their figures, proofs and quarantine; prompts that are liked. */
export const up = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    `alter table regression_tests
      alter column request drop not null,
      add column origin text not null default 'failure',
      add column is_active boolean not null default true,
      add column version integer not null default 1,
      add column phases jsonb not null default '[]',
      add column bad_output text,
      add column pass_at text,
      add column framework text,
      add column needs_confirmation boolean not null default false,
      add column trust double precision not null default 95,
      add column trust_low double precision not null default 81.5,
      add column trust_high double precision not null default 100,
      add column health double precision not null default 0,
      add column health_executions integer not null default 0,
      add column flakies integer not null default 0,
      add column verification jsonb not null default '{"red": null, "green": []}',
      add column quarantine jsonb,
      add column updated_at timestamptz not null default now(),
      -- Equal for two tests that ask and expect the same; null for a retired one and one of an earlier version.
      add column content_hash text`,
    // Row-level security binds the owner too.
    `select set_config('role', 'assay_system', true)`,
    `update regression_tests set origin = 'request' where group_id is null`,
    `select set_config('role', 'none', true)`,
    `create unique index regression_tests_content on regression_tests (workspace_id, content_hash)`,
    `create index regression_tests_group on regression_tests (group_id) where group_id is not null`,

    `alter table executions
      add column version integer not null default 1,
      add column release text,
      add column attempts integer not null default 1,
      add column passed integer not null default 0,
      add column ttft_ms double precision,
      add column input_tokens bigint,
      add column output_tokens bigint`,

    `alter table response_feedback add column corrected text, add column prompt_hash text`,
    `create index response_feedback_prompt on response_feedback (workspace_id, prompt_hash)
      where prompt_hash is not null and vote = 'up'`,

    `create table golden_cases (
      id uuid primary key,
      workspace_id uuid not null references workspaces,
      prompt_hash text not null,
      state text not null check (state in ('offered', 'accepted', 'dismissed')),
      request_id uuid not null,
      prompt_preview text not null,
      model text not null,
      ups integer not null,
      test_id uuid references regression_tests,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      unique (workspace_id, prompt_hash)
    )`,
    `create index golden_cases_list on golden_cases (workspace_id, created_at desc, id desc)`,
    ...wall('golden_cases'),
  ])

export const down = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    ...dropTables('golden_cases'),
    `drop index response_feedback_prompt`,
    `alter table response_feedback drop column corrected, drop column prompt_hash`,
    `alter table executions
      drop column version, drop column release, drop column attempts, drop column passed, drop column ttft_ms,
      drop column input_tokens, drop column output_tokens`,
    `drop index regression_tests_content`,
    `drop index regression_tests_group`,
    // What asks nothing has no place in the earlier form; row-level security binds the owner too.
    `select set_config('role', 'assay_system', true)`,
    `delete from regression_tests where request is null`,
    `select set_config('role', 'none', true)`,
    `alter table regression_tests
      alter column request set not null,
      drop column origin, drop column is_active, drop column version, drop column phases, drop column bad_output,
      drop column pass_at, drop column framework, drop column needs_confirmation, drop column trust,
      drop column trust_low, drop column trust_high, drop column health, drop column health_executions,
      drop column flakies, drop column verification, drop column quarantine, drop column updated_at,
      drop column content_hash`,
  ])
