import { dropTables, grants, type MigrationDatabase, runAll, wall } from './statements.ts'

/** Workspaces, the people in them, and how they sign in. The roles of the walls are made before, by the runner. */
export const up = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    `create table workspaces (
      id uuid primary key,
      slug text not null unique,
      name text not null,
      tier text not null check (tier in ('free', 'plus', 'pro', 'enterprise')),
      created_at timestamptz not null
    )`,
    ...wall('workspaces', { column: 'id', app: ['select'] }),

    `create table people (
      id uuid primary key,
      name text not null,
      created_at timestamptz not null
    )`,
    ...grants('people', { system: ['select', 'insert', 'update', 'delete'] }),

    `create table members (
      workspace_id uuid not null references workspaces,
      person_id uuid not null references people,
      role text not null check (role in ('viewer', 'member', 'admin', 'owner')),
      created_at timestamptz not null,
      primary key (workspace_id, person_id)
    )`,
    ...wall('members'),

    `create table sign_in_links (
      token_hash bytea primary key,
      workspace_id uuid not null references workspaces,
      person_id uuid not null references people,
      expires_at timestamptz not null
    )`,
    ...wall('sign_in_links', { app: [] }),

    `create table sessions (
      id uuid primary key,
      token_hash bytea not null unique,
      workspace_id uuid not null references workspaces,
      person_id uuid not null references people,
      created_at timestamptz not null,
      expires_at timestamptz not null
    )`,
    ...wall('sessions', { app: [] }),
  ])

export const down = (db: MigrationDatabase): Promise<void> =>
  runAll(db, dropTables('sessions', 'sign_in_links', 'members', 'people', 'workspaces'))
