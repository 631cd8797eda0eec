import { z } from 'zod'
import { contract } from '../contract.ts'
import { OtlpLogs, OtlpTraces } from './otlp.ts'

const MAX_BODY_BYTES = 4_194_304

/** What an exporter is told of what was not taken; empty when all was. */
const partial = <const Counted extends string>(counted: Counted) =>
  z.object({
    partialSuccess: z.object({
      [counted]: z.int().optional(),
      errorMessage: z.string().optional(),
    } as { [Key in Counted]: z.ZodOptional<z.ZodInt> } & { errorMessage: z.ZodOptional<z.ZodString> }),
  })

export const receiveTraces = contract({
  method: 'post',
  path: '/api/v1/otlp/v1/traces',
  access: { who: 'key', scope: 'failures' },
  summary: 'OTLP over HTTP as JSON: the `exception` events of spans are failures, the rest is let go',
  maxBodyBytes: MAX_BODY_BYTES,
  body: OtlpTraces,
  reply: partial('rejectedSpans'),
})

export const receiveLogs = contract({
  method: 'post',
  path: '/api/v1/otlp/v1/logs',
  access: { who: 'key', scope: 'failures' },
  summary: 'OTLP over HTTP as JSON: log records that hold an exception are failures, the rest is let go',
  maxBodyBytes: MAX_BODY_BYTES,
  body: OtlpLogs,
  reply: partial('rejectedLogRecords'),
})
