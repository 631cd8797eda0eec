import { z } from 'zod'
import { Timestamp } from '../clock.ts'

/** Providers a credential can be stored for. */
export const credentialProviders = ['compatible', 'openai', 'anthropic', 'google', 'azure'] as const
export type CredentialProvider = (typeof credentialProviders)[number]

/** Providers that calls may go to: the built-in simulator needs no credential. */
export const knownProviders: readonly string[] = [...credentialProviders, 'sim']

/** Providers that may be anywhere, so that their credentials say where. */
export const providersAnywhere: readonly CredentialProvider[] = ['compatible', 'azure']

/**
 * Headers that a credential may add to its calls. None of them can carry a key, name another host or change how the
 * body is read, so whoever may edit a credential still cannot send its secret elsewhere.
 */
export const extraHeaderNames = [
  'anthropic-beta',
  'openai-beta',
  'http-referer',
  'x-title',
  'x-goog-user-project',
  'x-client-name',
  'x-tenant',
  'x-environment',
] as const

/** One line of text, as a header may carry it. */
const printable = z
  .string()
  .trim()
  .min(1)
  .max(500)
  .regex(/^[\x20-\x7e]*$/, 'must be one line of plain characters')

/** What a provider wants to know beside the key. None of it is secret. */
export const CredentialOptions = z.strictObject({
  organization: printable.optional().describe('OpenAI: the organization that is billed.'),
  project: printable.optional().describe('OpenAI: the project that is billed.'),
  region: printable.optional().describe('Where the provider is asked to work.'),
  apiVersion: printable.optional().describe('Azure: the api-version of its calls.'),
  deployments: z
    .record(z.string().min(1).max(200), printable)
    .optional()
    .describe('Azure: which deployment serves which model.'),
  headers: z
    .partialRecord(z.enum(extraHeaderNames), printable)
    .optional()
    .describe('Further headers of each call, of a fixed list.'),
})
export type CredentialOptions = z.infer<typeof CredentialOptions>

export const credentialStatuses = ['active', 'inactive', 'invalid'] as const

/** A workspace's own key for a provider, as anybody may see it: the secret is written and never read back. */
export const Credential = z.object({
  id: z.uuid(),
  provider: z.enum(credentialProviders),
  name: z.string(),
  baseUrl: z.string(),
  origin: z.string().describe('The scheme, host and port that the secret is sealed for.'),
  options: CredentialOptions,
  hint: z.string().describe('The masked secret.'),
  isDefault: z.boolean(),
  status: z
    .enum(credentialStatuses)
    .describe('`inactive`: switched off by a person; `invalid`: the provider refused it three times in a row.'),
  expiresAt: Timestamp.nullable(),
  maxAgeDays: z.number().int().nullable().describe('After how many days the secret is due to be replaced.'),
  dueAt: Timestamp.nullable().describe('When it is due, by that policy.'),
  graceUntil: Timestamp.nullable().describe('Until when the secret before the last rotation is kept.'),
  secretSetAt: Timestamp,
  lastUsedAt: Timestamp.nullable(),
  lastCheckedAt: Timestamp.nullable(),
  lastError: z.string().nullable(),
  createdBy: z.string().nullable().describe('Who stored it, as the audit trail names them.'),
  createdAt: Timestamp,
  updatedAt: Timestamp,
})
export type Credential = z.infer<typeof Credential>

export const checkFaults = ['unauthorized', 'forbidden', 'quota', 'unreachable', 'bad_url', 'unexpected'] as const
export type CheckFault = (typeof checkFaults)[number]

/** What one cheap call to a provider told about a key. */
export const CredentialCheck = z.object({
  ok: z.boolean(),
  latencyMs: z.number(),
  models: z.array(z.string()).optional().describe('What the provider offers to this key, at most 500 names.'),
  error: z.object({ code: z.enum(checkFaults), message: z.string() }).optional(),
})
export type CredentialCheck = z.infer<typeof CredentialCheck>
