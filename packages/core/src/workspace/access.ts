import { z } from 'zod'

/** Members' roles, the weakest first. */
export const roles = ['viewer', 'member', 'admin', 'owner'] as const
export const Role = z.enum(roles)
export type Role = z.infer<typeof Role>

/** True when the held role may do what the needed one may. */
export const roleCovers = (held: Role, needed: Role): boolean => roles.indexOf(held) >= roles.indexOf(needed)

/**
 * What a gateway key may do: `inference` calls models, `read` is every GET of the control plane, `write` its changes
 * but those of credentials, keys and members, `failures` reports failures, `tests` runs tests, `admin` is all of it.
 */
export const scopes = ['inference', 'read', 'write', 'admin', 'tests', 'failures'] as const
export const Scope = z.enum(scopes)
export type Scope = z.infer<typeof Scope>

/** True when a key with these scopes may do what needs the given one. */
export const scopesCover = (held: readonly Scope[], needed: Scope): boolean =>
  held.includes('admin') || held.includes(needed)
