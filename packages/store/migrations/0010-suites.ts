import { dropTables, type MigrationDatabase, runAll, wall } from './statements.ts'

/** Suites that the server keeps, with their cases; what a run was of, and everything that a result says. */
export const up = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    // By what they hold: a run goes on with the text that it began with, whatever becomes of the suite.
    `create table suite_sources (
      workspace_id uuid not null references workspaces,
      source_hash text not null,
      source text not null,
      primary key (workspace_id, source_hash)
    )`,
    ...wall('suite_sources'),

    `create table suites (
      id uuid primary key,
      workspace_id uuid not null references workspaces,
      package_version_id uuid,
      name text not null,
      description text,
      dialect text not null,
      file text not null,
      source_hash text not null,
      kind text,
      models text[] not null,
      cases integer not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      unique (workspace_id, name),
      foreign key (workspace_id, source_hash) references suite_sources
    )`,
    `create index suites_list on suites (workspace_id, updated_at desc, id desc)`,
    ...wall('suites'),

    `create table test_cases (
      id bigint generated always as identity primary key,
      workspace_id uuid not null,
      suite_id uuid not null references suites on delete cascade,
      case_key text not null,
      title text not null,
      description text,
      input text not null,
      expected_output text,
      assertions jsonb not null,
      kind text not null,
      tags text[] not null,
      difficulty text,
      group_id text,
      active boolean not null,
      quarantine_until timestamptz,
      unique (suite_id, case_key)
    )`,
    `create index test_cases_list on test_cases (suite_id, id)`,
    ...wall('test_cases'),

    `alter table runs
      add column suite_id uuid references suites on delete set null,
      add column job_id uuid,
      add column provenance text not null default 'hosted',
      add column dialect text,
      add column file text,
      add column source_hash text,
      add column plan_hash text,
      add column seed bigint,
      add column models text[] not null default '{}',
      add column settings jsonb not null default '{}',
      add column planned integer,
      add column model_totals jsonb not null default '[]',
      add column cost_nano_usd bigint,
      add column baseline_of text`,
    `create index runs_of_suite on runs (suite_id, created_at desc, id desc)`,
    `create index runs_of_source on runs (workspace_id, source_hash) where source_hash is not null`,
    `create unique index runs_baseline on runs (workspace_id, baseline_of) where baseline_of is not null`,

    // What else a result says, by the names it says it under.
    `alter table results
      add column kind text,
      add column tags text[],
      add column cached boolean,
      add column tool_calls jsonb,
      add column more jsonb not null default '{}'`,
  ])

export const down = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    `alter table results
      drop column kind, drop column tags, drop column cached, drop column tool_calls, drop column more`,
    `alter table runs
      drop column suite_id, drop column job_id, drop column provenance, drop column dialect, drop column file,
      drop column source_hash, drop column plan_hash, drop column seed, drop column models, drop column settings,
      drop column planned, drop column model_totals, drop column cost_nano_usd, drop column baseline_of`,
    ...dropTables('test_cases', 'suites', 'suite_sources'),
  ])
