import { z } from 'zod'
import { issuesOf, type Issue } from '../error-entry.ts'
import { AssayError } from '../errors.ts'

export const guardMoments = ['in', 'out'] as const
export const guardActions = ['block', 'mask', 'flag'] as const
export const guardKinds = ['regex', 'pii', 'size', 'json_schema', 'moderation'] as const
export type GuardAction = (typeof guardActions)[number]

/** What a guard looks for. */
const Rule = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('regex'),
    options: z.strictObject({
      pattern: z.string().min(1).max(2_000).describe('In RE2 syntax: no look-around, no back-references.'),
      ignoreCase: z.boolean().default(false),
      mask: z.string().max(100).default('[masked]').describe('What stands in the place of a match.'),
    }),
  }),
  z.strictObject({ kind: z.literal('pii'), options: z.strictObject({}).default({}) }),
  z.strictObject({
    kind: z.literal('size'),
    options: z.strictObject({ maxCharacters: z.int().min(1).max(10_000_000) }),
  }),
  z.strictObject({
    kind: z.literal('json_schema'),
    options: z.strictObject({ schema: z.record(z.string(), z.unknown()).describe('What the text must fit.') }),
  }),
  z.strictObject({
    kind: z.literal('moderation'),
    options: z
      .strictObject({
        provider: z.string().max(64).default('openai').describe('Whose credential asks.'),
        model: z.string().max(200).default('omni-moderation-latest'),
        categories: z.array(z.string().max(100)).max(50).default([]).describe('Empty: whatever is flagged.'),
      })
      .default({ provider: 'openai', model: 'omni-moderation-latest', categories: [] }),
  }),
])

/** What of a guard does not hang on its kind. */
export const guardFields = {
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,59}$/, 'is 1 to 60 of a-z, 0-9, - and _, and begins with a letter or digit')
    .describe('What a blocked caller and the log are told.'),
  when: z.enum(guardMoments).describe('`in` looks at requests, `out` at answers.'),
  kind: z.enum(guardKinds),
  action: z.enum(guardActions),
  onError: z.enum(['open', 'closed']).default('closed').describe('What happens when the guard itself fails.'),
  keyId: z.uuid().nullable().default(null).describe('Only for this gateway key; null: for all of the workspace.'),
  enabled: z.boolean().default(true),
}
const Common = z.object(guardFields).omit({ kind: true })

/** A check of requests or answers, as it is written. */
export type GuardDefinition = z.infer<typeof Common> & z.infer<typeof Rule>

/** A guard as it is kept. */
export type Guard = GuardDefinition & { id: string; createdAt: string; updatedAt: string }

type Written = z.infer<typeof Common> & { kind: string; options?: Record<string, unknown> | undefined }

/** Fills in what a guard leaves out; throws `input.invalid` that names what does not go together. */
export const defineGuard = ({ kind, options, ...common }: Written): GuardDefinition => {
  const rule = Rule.safeParse({ kind, ...(options === undefined ? {} : { options }) })
  if (!rule.success) throw invalid(issuesOf(rule.error))
  const { when, action } = common
  const isWhole = kind === 'json_schema' || kind === 'moderation' || (kind === 'size' && when === 'in')
  if (action === 'mask' && isWhole) {
    throw invalid([{ path: 'action', message: `a ${kind} guard can block or flag, and has nothing to mask` }])
  }
  return { ...common, ...rule.data }
}

const invalid = (issues: Issue[]): AssayError => new AssayError('input.invalid', { what: 'guard', issues })
