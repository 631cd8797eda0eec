import { z } from 'zod'
import { Timestamp } from '../clock.ts'
import { contract } from '../contract.ts'
import { ChatRequest, FinishReason } from './chat.ts'
import { type Retention as RetentionLevel, Retention, retentions } from './key-policy.ts'

/** What was answered, whatever the dialect it came in. */
export const KeptAnswer = z.object({
  text: z.string(),
  reasoningText: z.string().default(''),
  toolCalls: z.array(z.object({ id: z.string(), name: z.string(), arguments: z.string() })).default([]),
  finishReason: FinishReason.nullable(),
})
export type KeptAnswer = z.infer<typeof KeptAnswer>

/** A request and its answer, freed of what must not be stored; kept for 7 days where retention is `full`. */
export const KeptBody = z.object({
  request: ChatRequest,
  answer: KeptAnswer,
  redactions: z.record(z.string(), z.int()).describe('How many values of each kind were taken out.'),
})
export type KeptBody = z.infer<typeof KeptBody>

/** A kind of value of the workspace's own that is never stored, as an expression that takes linear time (RE2). */
export const RedactionPattern = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z]{2,12}$/, { message: 'is two to twelve small letters' })
    .describe('Stands in its place, as in `<ticket:1>`.'),
  pattern: z.string().min(1).max(500).describe('RE2 syntax: no look-around, no back-references.'),
})
export type RedactionPattern = z.infer<typeof RedactionPattern>

/** What a workspace keeps of its requests. */
export const RetentionSettings = z.object({
  retention: Retention.describe('What is kept where the gateway key does not say.'),
  patterns: z.array(RedactionPattern).describe('Taken out of bodies beside keys, e-mail, card, IBAN and phone.'),
  bodyDays: z.int().describe('For how many days bodies are kept.'),
  requestDays: z.int().describe('For how many days the rows of the log are kept.'),
  updatedAt: Timestamp.nullable(),
})
export type RetentionSettings = z.infer<typeof RetentionSettings>

export const getRetention = contract({
  method: 'get',
  path: '/api/v1/retention',
  access: { who: 'person', role: 'viewer', scope: 'read' },
  summary: 'What is kept of requests, for how long, and what is taken out',
  reply: RetentionSettings,
})

export const updateRetention = contract({
  method: 'patch',
  path: '/api/v1/retention',
  access: { who: 'person', role: 'admin', scope: 'admin' },
  summary: 'Change what is kept of requests from now on',
  body: z.strictObject({
    retention: Retention.optional(),
    patterns: z.array(RedactionPattern).max(50).optional(),
  }),
  reply: RetentionSettings,
})

/** What is kept of one request: what key or workspace grant, or less where the caller asks for less. */
export const retentionFor = (said: {
  key: RetentionLevel | null
  workspace: RetentionLevel
  caller: RetentionLevel | null
}): RetentionLevel => {
  const granted = said.key ?? said.workspace
  const asked = said.caller ?? granted
  return retentions[Math.min(retentions.indexOf(granted), retentions.indexOf(asked))]!
}
