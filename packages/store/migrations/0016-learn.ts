import { dropTables, type MigrationDatabase, runAll, wall } from './statements.ts'

/** What gates said, experiments with what they saw, and suggestions for better tests. */
export const up = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    `create table gate_checks (
      id uuid primary key,
      workspace_id uuid not null references workspaces,
      state text not null check (state in ('open', 'closed', 'unknown')),
      release text,
      policy jsonb not null,
      reasons jsonb not null,
      actor text not null,
      at timestamptz not null
    )`,
    `create index gate_checks_list on gate_checks (workspace_id, at desc, id desc)`,
    ...wall('gate_checks', { app: ['select', 'insert'], system: ['select'] }),

    `create table gate_closures (
      gate_id uuid not null references gate_checks on delete cascade,
      test_id uuid not null references regression_tests on delete cascade,
      workspace_id uuid not null,
      group_id uuid references failure_groups on delete set null,
      release text,
      at timestamptz not null,
      primary key (gate_id, test_id)
    )`,
    `create index gate_closures_at on gate_closures (workspace_id, at)`,
    ...wall('gate_closures', { app: ['select', 'insert', 'update'], system: ['select'] }),

    `create table experiments (
      id uuid primary key,
      workspace_id uuid not null references workspaces,
      name text not null,
      source text not null check (source in ('suite', 'traffic')),
      state text not null check (state in ('running', 'decided', 'stopped', 'failed')),
      verdict text not null,
      reason text not null,
      arms jsonb not null,
      design jsonb not null,
      scope jsonb not null,
      samples integer not null,
      cost_nano_usd bigint not null,
      seen_until timestamptz,
      created_at timestamptz not null,
      ended_at timestamptz,
      unique (workspace_id, name)
    )`,
    `create index experiments_list on experiments (workspace_id, created_at desc, id desc)`,
    ...wall('experiments'),

    `create table experiment_observations (
      experiment_id uuid not null references experiments on delete cascade,
      arm text not null,
      unit text not null,
      workspace_id uuid not null,
      place bigint generated always as identity,
      passed boolean not null,
      source_id text,
      cost_nano_usd bigint,
      at timestamptz not null,
      primary key (experiment_id, arm, unit)
    )`,
    `create index experiment_observations_order on experiment_observations (experiment_id, place)`,
    ...wall('experiment_observations'),
    `grant usage on sequence experiment_observations_place_seq to assay_app, assay_system`,

    `create table test_suggestions (
      id uuid primary key,
      workspace_id uuid not null references workspaces,
      test_id uuid not null references regression_tests on delete cascade,
      test_version integer not null,
      rule text not null,
      origin text not null check (origin in ('rule', 'model')),
      title text not null,
      why text not null,
      before jsonb not null,
      after jsonb not null,
      verification jsonb,
      cost_nano_usd bigint not null,
      state text not null check (state in ('open', 'accepted', 'dismissed', 'outdated')),
      created_at timestamptz not null,
      decided_at timestamptz,
      decided_by text
    )`,
    `create index test_suggestions_list on test_suggestions (test_id, created_at desc, id desc)`,
    ...wall('test_suggestions'),
  ])

export const down = (db: MigrationDatabase): Promise<void> =>
  runAll(db, dropTables('test_suggestions', 'experiment_observations', 'experiments', 'gate_closures', 'gate_checks'))
