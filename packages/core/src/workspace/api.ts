import { z } from 'zod'
import { contract } from '../contract.ts'
import { Timestamp } from '../clock.ts'
import { Role, Scope } from './access.ts'

export const tiers = ['free', 'plus', 'pro', 'enterprise'] as const

/** The tenant: owns everything else. */
export const Workspace = z.object({
  id: z.uuid(),
  slug: z.string(),
  name: z.string(),
  tier: z.enum(tiers),
  createdAt: Timestamp,
})
export type Workspace = z.infer<typeof Workspace>

/** Who is calling, and as what. */
export const Me = z.object({
  workspace: Workspace,
  person: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  role: Role.nullable().describe('Of the person in the workspace; null for a key.'),
  scopes: z.array(Scope).describe('Of the key; empty for a person.'),
})
export type Me = z.infer<typeof Me>

export const getMe = contract({
  method: 'get',
  path: '/api/v1/me',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'Who is calling, in which workspace and with what rights',
  reply: Me,
})

export const createSignInLink = contract({
  method: 'post',
  path: '/api/v1/sign-in-links',
  access: { who: 'person', role: 'owner', scope: 'admin' },
  summary: "Make a one-time link that signs the owner in to the pages; of keys only the operator's may",
  status: 201,
  reply: z.object({ url: z.string(), expiresAt: Timestamp }),
})

export const signInWithLink = contract({
  method: 'post',
  path: '/api/v1/sign-in',
  access: { who: 'public' },
  summary: 'Exchange a one-time link for a session cookie',
  body: z.strictObject({ token: z.string().min(1).max(200) }),
  reply: Me,
})

export const signOut = contract({
  method: 'post',
  path: '/api/v1/sign-out',
  access: { who: 'person', role: 'viewer' },
  summary: 'End the session of this browser',
  status: 204,
  reply: z.null(),
})
