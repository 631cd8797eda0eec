import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { IdParams, PageQuery, pageOf } from '../page.ts'
import { Credential, CredentialCheck, CredentialOptions, credentialProviders, providersAnywhere } from './credential.ts'

const write = { who: 'person', role: 'admin', scope: 'admin' } as const

const provider = z.enum(credentialProviders)
const name = z.string().trim().min(1).max(100)
const baseUrl = z.url().max(2_000).describe('Where the API is; left out, the address of the provider itself.')
const secret = z
  .string()
  .trim()
  .min(1)
  .max(10_000)
  .regex(/^[\x20-\x7e]*$/, 'must be one line of plain characters, as a key is')
  .describe('The key; any text for a server that asks for none.')
const maxAgeDays = z.number().int().min(1).max(3_650).nullable()

const CheckQuery = z.strictObject({
  check: z.stringbool().default(false).describe('Ask the provider first, and store only what it accepts.'),
})

const isPlaced = (body: { provider: (typeof credentialProviders)[number]; baseUrl?: string | undefined }): boolean =>
  body.baseUrl !== undefined || !providersAnywhere.includes(body.provider)
const placeNeeded = { path: ['baseUrl'], message: 'is needed, because this provider may be anywhere' }

export const listCredentials = contract({
  method: 'get',
  path: '/api/v1/credentials',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'The credentials of the workspace, masked',
  query: PageQuery.extend({ provider: provider.optional() }),
  reply: pageOf(Credential),
})

export const getCredential = contract({
  method: 'get',
  path: '/api/v1/credentials/{id}',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'One credential, masked',
  params: IdParams,
  reply: Credential,
})

export const createCredential = contract({
  method: 'post',
  path: '/api/v1/credentials',
  access: write,
  summary: 'Store a provider key, encrypted; the first of a provider becomes its default',
  status: 201,
  query: CheckQuery,
  body: z
    .strictObject({
      provider,
      name: name.default('default'),
      baseUrl: baseUrl.optional(),
      secret,
      options: CredentialOptions.default({}),
      expiresAt: Timestamp.nullable().default(null),
      maxAgeDays: maxAgeDays.default(null),
    })
    .refine(isPlaced, placeNeeded),
  reply: Credential,
})

export const updateCredential = contract({
  method: 'patch',
  path: '/api/v1/credentials/{id}',
  access: write,
  summary: 'Change a credential; another provider or base URL needs the secret in the same call',
  params: IdParams,
  query: CheckQuery,
  body: z
    .strictObject({
      name,
      provider,
      baseUrl,
      secret,
      options: CredentialOptions,
      status: z.enum(['active', 'inactive']),
      expiresAt: Timestamp.nullable(),
      maxAgeDays,
    })
    .partial()
    .refine((body) => Object.keys(body).length > 0, { message: 'has nothing to change' }),
  reply: Credential,
})

export const removeCredential = contract({
  method: 'delete',
  path: '/api/v1/credentials/{id}',
  access: write,
  summary: 'Remove a credential; its secret is overwritten at once and no other becomes the default',
  params: IdParams,
  reply: Credential.extend({
    wasDefault: z.boolean(),
    note: z.string().nullable().describe('What calls to the provider do now, when this was its default.'),
  }),
})

export const setDefaultCredential = contract({
  method: 'post',
  path: '/api/v1/credentials/{id}/default',
  access: write,
  summary: 'Let a credential serve its provider by default, in place of the one that does',
  params: IdParams,
  reply: Credential,
})

export const checkStoredCredential = contract({
  method: 'post',
  path: '/api/v1/credentials/{id}/check',
  access: write,
  summary: 'Ask the provider whether it accepts a stored credential; a good answer makes an invalid one active',
  params: IdParams,
  reply: CredentialCheck,
})

export const checkCredential = contract({
  method: 'post',
  path: '/api/v1/credentials/check',
  access: write,
  summary: 'Ask a provider whether it accepts a key, without storing anything',
  body: z
    .strictObject({
      provider,
      baseUrl: baseUrl.optional(),
      secret,
      options: CredentialOptions.default({}),
    })
    .refine(isPlaced, placeNeeded),
  reply: CredentialCheck,
})

export const rotateCredential = contract({
  method: 'post',
  path: '/api/v1/credentials/{id}/rotate',
  access: write,
  summary: 'Replace the secret of a credential, after asking the provider whether it accepts the new one',
  params: IdParams,
  body: z.strictObject({
    secret,
    graceMs: z
      .number()
      .int()
      .min(0)
      .max(86_400_000)
      .default(0)
      .describe('How long the old secret is kept for requests that began before.'),
  }),
  reply: Credential,
})

/** What the operator may know of one master key: never the key. */
export const MasterKeyState = z.object({
  id: z.string(),
  source: z.string().nullable().describe('Where it comes from; null: this process does not have it.'),
  isCurrent: z.boolean().describe('New data keys are wrapped with it.'),
  dataKeys: z.number().int().describe('How many rows only it can open; it may go at 0.'),
})
export type MasterKeyState = z.infer<typeof MasterKeyState>

const MasterKeys = z.object({ keys: z.array(MasterKeyState) })

export const getMasterKeys = contract({
  method: 'get',
  path: '/api/v1/master-keys',
  access: { who: 'person', role: 'owner', scope: 'admin' },
  summary: 'The master keys and how many rows each still opens; for the operator',
  reply: MasterKeys,
})

export const rotateMasterKey = contract({
  method: 'post',
  path: '/api/v1/master-keys/rotate',
  access: { who: 'person', role: 'owner', scope: 'admin' },
  summary: 'Wrap every data key with a new master key, while requests go on; for the operator',
  body: z.strictObject({}).default({}),
  reply: MasterKeys.extend({ rewrapped: z.number().int() }),
})

export const forgetMasterKey = contract({
  method: 'post',
  path: '/api/v1/master-keys/forget',
  access: { who: 'person', role: 'owner', scope: 'admin' },
  summary: 'Take a former master key out of the key file, once it opens nothing any more; for the operator',
  body: z.strictObject({ keyId: z.string().min(1).max(200) }),
  reply: MasterKeys,
})
