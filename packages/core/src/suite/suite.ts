import { z } from 'zod'
import { ChatMessage } from '../gateway/chat.ts'

/** One check of an answer as it is written down: a type, what it compares with and how much it counts. */
export const AssertionSpec = z.strictObject({
  type: z.string().min(1).describe('Such as `contains`; with `not-` in front it is turned round.'),
  value: z.unknown().optional(),
  threshold: z.number().optional(),
  weight: z.number().min(0).default(1),
  metric: z.string().optional().describe('Name under which the score is also averaged.'),
  config: z.record(z.string(), z.unknown()).optional().describe('What `context.config` is to a script.'),
})
export type AssertionSpec = z.infer<typeof AssertionSpec>

/** What one case may use up before it is ended. */
export const Limits = z.strictObject({
  timeoutMs: z.int().min(1).max(3_600_000).default(120_000),
  maxOutputTokens: z.int().min(1).default(4_096),
})

/** One thing to try: an input and what must hold of the answer. */
export const Case = z.strictObject({
  id: z.string().min(1).max(200).optional(),
  description: z.string().max(1_000).optional(),
  input: z.string().optional().describe('The user message, when the suite has no prompts.'),
  messages: z.array(ChatMessage).optional().describe('A whole conversation, instead of input and prompts.'),
  vars: z.record(z.string(), z.unknown()).default({}),
  assert: z.array(AssertionSpec).default([]),
  tags: z.array(z.string()).default([]),
  threshold: z.number().optional().describe('The case passes at this score, instead of when all assertions pass.'),
  repeat: z.int().min(1).max(1_000).optional(),
  limits: Limits.partial().optional(),
})
export type Case = z.infer<typeof Case>

/** What is tested, in the `assay` dialect. */
export const Suite = z.strictObject({
  $schema: z.string().optional(),
  name: z.string().min(1).max(200).optional(),
  description: z.string().optional(),
  prompts: z.array(z.string().min(1)).default([]),
  providers: z.array(z.string().min(1)).default([]).describe('Models as `provider/model`.'),
  defaultTest: Case.partial().optional(),
  tests: z.array(Case).min(1),
  repeat: z.int().min(1).max(1_000).default(1),
  limits: Limits.partial().optional(),
  tags: z.array(z.string()).default([]),
})
export type Suite = z.infer<typeof Suite>
