import { dropTables, type MigrationDatabase, runAll, wall } from './statements.ts'

const policyColumns = [
  `allowed_providers text[] not null default '{}'`,
  `credential_ids uuid[] not null default '{}'`,
  `rpm integer`,
  `tpm bigint`,
  `max_concurrency integer`,
  `budget_nano_usd bigint`,
  `budget_window text check (budget_window in ('hour', 'day', 'month', 'total'))`,
  `max_cost_per_request_nano_usd bigint`,
  `route_policy jsonb`,
  `cache_policy jsonb`,
  `retention text check (retention in ('none', 'metadata', 'full'))`,
  `on_full_disk text not null default 'serve' check (on_full_disk in ('serve', 'shed'))`,
  `limits_id uuid`,
  `rotated_to uuid`,
  `last_used_at timestamptz`,
]

/** What a gateway key may do and how much: its policy, budgets with their leases and ledger, and rates shared by processes. */
export const up = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    `alter table gateway_keys ${policyColumns.map((column) => `add column ${column}`).join(', ')}`,
    `alter table gateway_keys add constraint gateway_keys_budget
      check ((budget_nano_usd is null) = (budget_window is null))`,

    // The workspace's own budget, beside those of its keys.
    `create table workspace_budgets (
      workspace_id uuid primary key references workspaces,
      limit_nano_usd bigint not null check (limit_nano_usd > 0),
      budget_window text not null check (budget_window in ('hour', 'day', 'month', 'total')),
      updated_at timestamptz not null
    )`,
    ...wall('workspace_budgets'),

    // One row for each window of each budget; limits_id is null for the workspace's own.
    `create table budgets (
      id uuid primary key,
      workspace_id uuid not null references workspaces,
      limits_id uuid,
      budget_window text not null check (budget_window in ('hour', 'day', 'month', 'total')),
      starts_at timestamptz not null,
      limit_nano_usd bigint not null,
      used_nano_usd bigint not null default 0,
      reserved_nano_usd bigint not null default 0,
      lost_nano_usd bigint not null default 0,
      folded_nano_usd bigint not null default 0,
      granted_nano_usd bigint not null default 0,
      fence bigint not null default 0,
      warned_percent smallint not null default 0,
      unique nulls not distinct (workspace_id, limits_id, budget_window, starts_at)
    )`,
    ...wall('budgets'),

    // What one process may spend of a budget without asking; what is neither spent nor given back is lost.
    `create table budget_leases (
      budget_id uuid not null references budgets on delete cascade,
      fence bigint not null,
      workspace_id uuid not null references workspaces,
      owner uuid not null,
      amount_nano_usd bigint not null,
      until timestamptz not null,
      state text not null check (state in ('held', 'lost')),
      primary key (budget_id, fence)
    )`,
    `create index budget_leases_owner on budget_leases (owner)`,
    `create index budget_leases_until on budget_leases (until)`,
    ...wall('budget_leases'),

    // What each request was allowed and what it cost, in each budget it counted against.
    `create table ledger_entries (
      request_id uuid not null,
      budget_id uuid not null,
      day date not null,
      workspace_id uuid not null,
      kind text not null,
      state text not null check (state in ('settled', 'released', 'lost')),
      reserved_nano_usd bigint not null,
      settled_nano_usd bigint not null,
      at timestamptz not null,
      primary key (request_id, budget_id, day)
    ) partition by range (day)`,
    `create index ledger_entries_budget on ledger_entries (budget_id, day)`,
    ...wall('ledger_entries', { app: ['select'], system: ['select', 'insert'] }),

    // Rates that several processes share: what is left in the bucket of a key, in thousandths, and when that was.
    `create table rate_buckets (
      workspace_id uuid not null references workspaces,
      limits_id uuid not null,
      kind text not null check (kind in ('rpm', 'tpm')),
      level double precision not null,
      granted double precision not null default 0,
      at timestamptz not null,
      primary key (limits_id, kind)
    )`,
    ...wall('rate_buckets'),

    // How many requests of a key each process has under way.
    `create table concurrency_holds (
      workspace_id uuid not null references workspaces,
      limits_id uuid not null,
      owner uuid not null,
      held integer not null,
      until timestamptz not null,
      primary key (limits_id, owner)
    )`,
    ...wall('concurrency_holds'),
  ])

export const down = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    ...dropTables(
      'concurrency_holds',
      'rate_buckets',
      'ledger_entries',
      'budget_leases',
      'budgets',
      'workspace_budgets',
    ),
    `alter table gateway_keys drop constraint gateway_keys_budget`,
    `alter table gateway_keys ${policyColumns.map((column) => `drop column ${column.split(' ')[0]}`).join(', ')}`,
  ])
