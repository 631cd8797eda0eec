import { dropTables, type MigrationDatabase, runAll, wall } from './statements.ts'

/** Price tables that a workspace loaded, what it changed in them, the bill of each request, and guards. */
export const up = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    `create table price_tables (
      id uuid primary key,
      workspace_id uuid not null references workspaces,
      version text not null,
      date date not null,
      source text not null,
      prices jsonb not null,
      loaded_at timestamptz not null
    )`,
    `create index price_tables_list on price_tables (workspace_id, loaded_at desc, id desc)`,
    ...wall('price_tables'),

    `create table price_overrides (
      workspace_id uuid not null references workspaces,
      provider text not null,
      model text not null,
      price jsonb not null,
      updated_at timestamptz not null,
      primary key (workspace_id, provider, model)
    )`,
    ...wall('price_overrides'),

    // Null for requests without a price and for those of an earlier version.
    `alter table requests add column cost_lines jsonb`,

    `create table guards (
      id uuid primary key,
      workspace_id uuid not null references workspaces,
      name text not null,
      key_id uuid references gateway_keys on delete cascade,
      place integer not null,
      looks_at text not null check (looks_at in ('in', 'out')),
      kind text not null,
      action text not null check (action in ('block', 'mask', 'flag')),
      options jsonb not null,
      on_error text not null check (on_error in ('open', 'closed')),
      enabled boolean not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      unique (workspace_id, name)
    )`,
    `create index guards_list on guards (workspace_id, place, id)`,
    ...wall('guards'),
  ])

export const down = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    ...dropTables('guards', 'price_overrides', 'price_tables'),
    `alter table requests drop column cost_lines`,
  ])
