import { dropTables, type MigrationDatabase, runAll, wall } from './statements.ts'

/**
 * Which group a fingerprint's events are counted in, so that groups can be merged, split and put back as they were:
 * what is counted by day and user hangs on that, and moves with it.
 */
export const up = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    `alter table failure_groups
      add column incidents bigint not null default 1,
      add column count_by text not null default 'occurrences',
      add column grouping_version integer not null default 1,
      add column resolved_in text,
      add column resolved_at timestamptz,
      add column muted_until timestamptz,
      add column mute_ends_at bigint,
      add column widespread_until timestamptz,
      add column spread_looked_at timestamptz,
      add column last_user_hash bytea,
      add column merged_into uuid references failure_groups`,
    `update failure_groups set incidents = greatest(1, users)`,
    `drop index failure_groups_last_seen`,
    `drop index failure_groups_occurrences`,
    `create index failure_groups_last_seen on failure_groups (workspace_id, last_seen_at desc, id desc)
      where merged_into is null and occurrences > 0`,
    `create index failure_groups_occurrences on failure_groups (workspace_id, occurrences desc, id desc)
      where merged_into is null and occurrences > 0`,

    `create table fingerprint_aliases (
      id uuid primary key,
      workspace_id uuid not null references workspaces,
      fingerprint text not null,
      group_id uuid not null references failure_groups deferrable initially deferred,
      -- False for what was taken out of a fingerprint whose new events go elsewhere.
      is_open boolean not null,
      origin text not null check (origin in ('own', 'rule', 'similar', 'split', 'regroup')),
      like_id uuid,
      similarity real,
      category text not null,
      error_type text,
      text text,
      signature bytea,
      bands integer[],
      grouping_version integer not null,
      created_at timestamptz not null
    )`,
    `create unique index fingerprint_aliases_open on fingerprint_aliases (workspace_id, fingerprint) where is_open`,
    `create index fingerprint_aliases_group on fingerprint_aliases (group_id)`,
    `create index fingerprint_aliases_bands on fingerprint_aliases using gin (bands)`,
    `insert into fingerprint_aliases (id, workspace_id, fingerprint, group_id, is_open, origin, category, grouping_version, created_at)
      select id, workspace_id, fingerprint, id, true, 'own', category, 1, first_seen_at from failure_groups`,
    ...wall('fingerprint_aliases'),

    `alter table failure_group_days drop constraint failure_group_days_group_id_fkey`,
    `alter table failure_group_days rename column group_id to alias_id`,
    `alter table failure_group_days
      add constraint failure_group_days_alias_id_fkey foreign key (alias_id) references fingerprint_aliases on delete cascade,
      add column release text not null default '',
      add column incidents bigint not null default 0,
      add column absorbed bigint not null default 0,
      add column first_seen_at timestamptz,
      add column last_seen_at timestamptz`,
    `update failure_group_days d set
      incidents = case when d.day = (g.first_seen_at at time zone 'UTC')::date then g.incidents else 0 end,
      absorbed = case when d.day = (g.first_seen_at at time zone 'UTC')::date then g.absorbed else 0 end,
      first_seen_at = greatest(d.day::timestamp at time zone 'UTC', g.first_seen_at),
      last_seen_at = least((d.day + 1)::timestamp at time zone 'UTC', g.last_seen_at)
      from failure_groups g where g.id = d.alias_id`,
    `alter table failure_group_days
      alter column first_seen_at set not null,
      alter column last_seen_at set not null,
      drop constraint failure_group_days_pkey,
      add constraint failure_group_days_pkey primary key (alias_id, day, release)`,
    `create index failure_group_days_release on failure_group_days (workspace_id, release, first_seen_at) where release <> ''`,

    `alter table failure_group_users drop constraint failure_group_users_group_id_fkey`,
    `alter table failure_group_users rename column group_id to alias_id`,
    `alter table failure_group_users
      add constraint failure_group_users_alias_id_fkey foreign key (alias_id) references fingerprint_aliases on delete cascade,
      add column events integer not null default 1`,

    `alter table failures
      add column alias_id uuid,
      add column is_incident boolean not null default true`,
    `update failures set alias_id = group_id`,
    `alter table failures alter column alias_id set not null`,
    `grant update (group_id, alias_id, fingerprint, family, grouping_version) on failures to assay_app`,

    `create table group_changes (
      id uuid primary key,
      workspace_id uuid not null references workspaces,
      kind text not null check (kind in ('merge', 'split', 'regroup')),
      from_id uuid references failure_groups,
      into_id uuid references failure_groups,
      moves jsonb not null,
      tests jsonb not null,
      occurrences bigint not null,
      actor text not null,
      at timestamptz not null,
      undone_at timestamptz,
      undone_by text
    )`,
    `create index group_changes_list on group_changes (workspace_id, at desc, id desc)`,
    ...wall('group_changes'),

    `create table fingerprint_rules (
      id uuid primary key,
      workspace_id uuid not null references workspaces,
      name text not null,
      pattern text not null,
      template text not null,
      place integer not null,
      enabled boolean not null,
      disabled_reason text,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      unique (workspace_id, name)
    )`,
    ...wall('fingerprint_rules'),

    `alter table monitor_settings
      add column count_by text not null default 'occurrences' check (count_by in ('occurrences', 'incidents'))`,
  ])

/** Groups stay as they are; where each fingerprint's share of them lies is forgotten. */
export const down = (db: MigrationDatabase): Promise<void> =>
  runAll(db, [
    `alter table monitor_settings drop column count_by`,
    ...dropTables('fingerprint_rules', 'group_changes'),
    `revoke update (group_id, alias_id, fingerprint, family, grouping_version) on failures from assay_app`,
    `alter table failures drop column alias_id, drop column is_incident`,

    `create temporary table kept_users on commit drop as
      select workspace_id, a.group_id, user_hash from failure_group_users u
      join fingerprint_aliases a using (workspace_id) where a.id = u.alias_id group by 1, 2, 3`,
    `delete from failure_group_users`,
    `alter table failure_group_users
      drop constraint failure_group_users_alias_id_fkey,
      drop column events`,
    `alter table failure_group_users rename column alias_id to group_id`,
    `alter table failure_group_users
      add constraint failure_group_users_group_id_fkey foreign key (group_id) references failure_groups on delete cascade`,
    `insert into failure_group_users (workspace_id, group_id, user_hash) select * from kept_users`,

    `create temporary table kept_days on commit drop as
      select workspace_id, a.group_id, day, sum(occurrences)::bigint as occurrences from failure_group_days d
      join fingerprint_aliases a using (workspace_id) where a.id = d.alias_id group by 1, 2, 3`,
    `delete from failure_group_days`,
    `drop index failure_group_days_release`,
    `alter table failure_group_days
      drop constraint failure_group_days_alias_id_fkey,
      drop constraint failure_group_days_pkey,
      drop column release,
      drop column incidents,
      drop column absorbed,
      drop column first_seen_at,
      drop column last_seen_at`,
    `alter table failure_group_days rename column alias_id to group_id`,
    `alter table failure_group_days
      add constraint failure_group_days_group_id_fkey foreign key (group_id) references failure_groups on delete cascade,
      add constraint failure_group_days_pkey primary key (group_id, day)`,
    `insert into failure_group_days (workspace_id, group_id, day, occurrences) select * from kept_days`,

    ...dropTables('fingerprint_aliases'),
    `drop index failure_groups_last_seen`,
    `drop index failure_groups_occurrences`,
    `create index failure_groups_last_seen on failure_groups (workspace_id, last_seen_at desc, id desc)`,
    `create index failure_groups_occurrences on failure_groups (workspace_id, occurrences desc, id desc)`,
    `alter table failure_groups
      drop column incidents,
      drop column count_by,
      drop column grouping_version,
      drop column resolved_in,
      drop column resolved_at,
      drop column muted_until,
      drop column mute_ends_at,
      drop column widespread_until,
      drop column spread_looked_at,
      drop column last_user_hash,
      drop column merged_into`,
  ])
