import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'

/** A model as it is called everywhere: `provider/model`. */
const ModelName = z
  .string()
  .max(256)
  .regex(/^[^/\s]+\/\S+$/, { message: 'is provider/model' })

/** A name of the workspace's own for a model, so that applications need not change when the model does. */
export const ModelAlias = z.strictObject({
  name: z
    .string()
    .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/, { message: 'is 1 to 64 letters, digits, dots, dashes, no slash' })
    .refine((name) => name !== 'auto', { message: 'auto is what routing answers to' }),
  models: z.array(ModelName).min(1).max(5).describe('The model it stands for, then those tried when that one fails.'),
})
export type ModelAlias = z.infer<typeof ModelAlias>

/** What a workspace calls its models. */
export const ModelNames = z.object({
  aliases: z.array(ModelAlias),
  providerOrder: z.array(z.string()).describe('Which provider a bare name means when several have it; the first wins.'),
  updatedAt: Timestamp.nullable(),
})
export type ModelNames = z.infer<typeof ModelNames>

export const getModelNames = contract({
  method: 'get',
  path: '/api/v1/model-names',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'The workspace’s own names for models, and whose model a bare name means',
  reply: ModelNames,
})

export const updateModelNames = contract({
  method: 'patch',
  path: '/api/v1/model-names',
  access: { who: 'person', role: 'admin', scope: 'admin' },
  summary: 'Set and take back names for models; what is left out stays',
  body: z.strictObject({
    set: z.array(ModelAlias).max(100).optional().describe('Each takes the place of the alias of its name.'),
    remove: z.array(z.string().max(64)).max(100).optional(),
    providerOrder: z.array(z.string().min(1).max(64)).max(50).optional(),
  }),
  reply: ModelNames,
})
