import { z } from 'zod'
import { EndpointConfig } from '../suite/endpoint.ts'

/** The dialects of the gateway, by the route that answers them. */
export const gatewayDialects = ['chat', 'responses', 'messages', 'contents', 'embeddings'] as const
export type GatewayDialect = (typeof gatewayDialects)[number]

/** The recorded fault that is played in place of a model. */
const FaultTarget = z.strictObject({
  kind: z.literal('fault'),
  model: z.string(),
  fault: z.record(z.string(), z.unknown()),
})

/** What a person may run a test against. */
export const GivenTarget = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('model'),
    model: z.string().min(1).max(256).describe('`provider/model`, or auto.'),
  }),
  z.strictObject({
    kind: z.literal('alias'),
    alias: z.string().min(1).max(64).describe('A name of your own for models.'),
  }),
  z.strictObject({
    kind: z.literal('suite'),
    suiteId: z.uuid().describe('Every case of the stored suite must pass.'),
    models: z.array(z.string().min(1).max(256)).min(1).max(20).optional().describe('Those of the suite when left out.'),
  }),
  z.strictObject({
    kind: z.literal('endpoint'),
    url: z
      .string()
      .max(2_048)
      .regex(/^https?:\/\//, { message: 'begins with https:// or http://' })
      .describe('An address of your own.'),
    config: EndpointConfig.omit({ url: true })
      .prefault({})
      .describe('As in suites: method, headers, body, path of the answer.'),
  }),
  z.strictObject({
    kind: z.literal('gateway'),
    dialect: z.enum(gatewayDialects).describe('The form of the gateway’s own answer is checked.'),
    model: z.string().min(1).max(256),
  }),
  z.strictObject({ kind: z.literal('database') }).describe('The tables of this service against its migrations.'),
])
export type GivenTarget = z.infer<typeof GivenTarget>

/** What a test is run against. */
export const TestTarget = z.union([GivenTarget, FaultTarget])
export type TestTarget = z.infer<typeof TestTarget>

/** A target in a few words. */
export const targetText = (target: TestTarget): string => {
  switch (target.kind) {
    case 'model':
    case 'fault':
      return target.model
    case 'alias':
      return target.alias
    case 'suite':
      return `suite ${target.suiteId}`
    case 'endpoint':
      return `${target.config.method} ${target.url}`
    case 'gateway':
      return `gateway ${target.dialect}, ${target.model}`
    case 'database':
      return 'database'
  }
}

/** True for targets that ask nothing of anybody's words, so that a test of them holds no request. */
export const asksNothing = ({ kind }: TestTarget): boolean => kind === 'suite' || kind === 'database'
