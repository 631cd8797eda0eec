import { AssayError } from '@assay/core'
import { type Kysely, sql } from 'kysely'

const roles = ['assay_app', 'assay_system'] as const

/**
 * Makes the two roles that the walls between tenants are built on, when they are absent, and lets this login take
 * them. A login that may not is told the statements an administrator must run. They are never dropped: roles belong
 * to the whole server.
 */
export const ensureRoles = async (db: Kysely<unknown>): Promise<void> => {
  try {
    for (const role of roles) {
      if (!(await exists(db, role))) await createRole(db, role)
      if (!(await canTake(db, role))) await sql`grant ${sql.raw(role)} to current_user`.execute(db)
      if (!(await canUseSchema(db, role))) await sql`grant usage on schema public to ${sql.raw(role)}`.execute(db)
    }
  } catch (error) {
    if (!isRefused(error)) throw error
    throw new AssayError('store.role_missing', { statements: await statementsFor(db) }, { cause: error })
  }
}

/** Refuses a start on which the walls would not stand: a role that cannot be taken, or that row security does not bind. */
export const assertRoles = async (db: Kysely<unknown>): Promise<void> => {
  const { rows } = await sql<{ role: string; unbound: boolean }>`
    select rolname::text as role, rolsuper or rolbypassrls as unbound
    from pg_roles where rolname in ('assay_app', 'assay_system')
  `.execute(db)
  if (rows.length < roles.length || !(await canTake(db, ...roles))) {
    throw new AssayError('store.role_missing', { statements: await statementsFor(db) })
  }
  const unbound = rows.filter((row) => row.unbound).map(({ role }) => role)
  if (unbound.length > 0) throw new AssayError('store.role_unsafe', { roles: unbound })
}

const exists = async (db: Kysely<unknown>, role: string): Promise<boolean> => {
  const { rows } = await sql`select 1 from pg_roles where rolname = ${role}`.execute(db)
  return rows.length > 0
}

/** Two processes may start at once; the second finds the role made. */
const createRole = async (db: Kysely<unknown>, role: string): Promise<void> => {
  await sql`
    do $$ begin
      create role ${sql.raw(role)} nologin;
    exception when duplicate_object or unique_violation then null;
    end $$
  `.execute(db)
}

const canUseSchema = async (db: Kysely<unknown>, role: string): Promise<boolean> => {
  const { rows } = await sql<{ may: boolean }>`
    select has_schema_privilege(${role}, 'public', 'usage') as may
  `.execute(db)
  return rows[0]!.may
}

/** Asked by doing it: what membership means for SET ROLE differs between versions of PostgreSQL. */
const canTake = async (db: Kysely<unknown>, ...wanted: string[]): Promise<boolean> => {
  try {
    await db.transaction().execute(async (trx) => {
      for (const role of wanted) await sql`select set_config('role', ${role}, true)`.execute(trx)
    })
    return true
  } catch (error) {
    if (isRefused(error)) return false
    throw error
  }
}

const statementsFor = async (db: Kysely<unknown>): Promise<string[]> => {
  const { rows } = await sql<{ login: string }>`select quote_ident(current_user) as login`.execute(db)
  const missing: string[] = []
  for (const role of roles) {
    if (!(await exists(db, role))) missing.push(`create role ${role} nologin;`)
  }
  return [...missing, `grant ${roles.join(', ')} to ${rows[0]!.login};`]
}

/** 42501: not allowed; 22023: no such role. */
const isRefused = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && ['42501', '22023', '42704'].includes(String(error.code))
