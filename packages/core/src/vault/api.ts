import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { IdParams, PageQuery, pageOf } from '../page.ts'

/** Providers a credential can be stored for. */
export const credentialProviders = ['compatible', 'openai', 'anthropic', 'google'] as const

/** A workspace's own key for a provider, as anybody may see it: the secret is written and never read back. */
export const Credential = z.object({
  id: z.uuid(),
  provider: z.enum(credentialProviders),
  name: z.string(),
  baseUrl: z.string(),
  hint: z.string().describe('The masked secret.'),
  isDefault: z.boolean(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
  lastUsedAt: Timestamp.nullable(),
})
export type Credential = z.infer<typeof Credential>

export const listCredentials = contract({
  method: 'get',
  path: '/api/v1/credentials',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'The credentials of the workspace, masked',
  query: PageQuery,
  reply: pageOf(Credential),
})

export const createCredential = contract({
  method: 'post',
  path: '/api/v1/credentials',
  access: { who: 'person', role: 'admin', scope: 'admin' },
  summary: 'Store a provider key, encrypted; the first of a provider becomes its default',
  status: 201,
  body: z
    .strictObject({
      provider: z.enum(credentialProviders),
      name: z.string().trim().min(1).max(100).default('default'),
      baseUrl: z
        .url()
        .max(2_000)
        .optional()
        .describe('Where the API is; left out, the address of the provider itself.'),
      secret: z.string().min(1).max(10_000).describe('The key; any text for a server that asks for none.'),
    })
    .refine(({ provider, baseUrl }) => provider !== 'compatible' || baseUrl !== undefined, {
      path: ['baseUrl'],
      message: 'is needed, because a compatible server may be anywhere',
    }),
  reply: Credential,
})

export const removeCredential = contract({
  method: 'delete',
  path: '/api/v1/credentials/{id}',
  access: { who: 'person', role: 'admin', scope: 'admin' },
  summary: 'Remove a credential; its secret is overwritten at once',
  params: IdParams,
  reply: Credential,
})
