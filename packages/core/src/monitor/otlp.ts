import { z } from 'zod'
import { timestamp } from '../clock.ts'
import { environments } from '../suite/environment.ts'
import type { FailureReport } from './failure.ts'

/** Values as OTLP writes them in JSON; whatever else a span says is left alone. */
const Attribute = z.looseObject({
  key: z.string(),
  value: z
    .looseObject({
      stringValue: z.string().optional(),
      intValue: z.union([z.string(), z.number()]).optional(),
      doubleValue: z.number().optional(),
      boolValue: z.boolean().optional(),
    })
    .optional(),
})
const Attributes = z.array(Attribute).default([])
const Nanos = z.union([z.string().regex(/^\d{1,20}$/), z.number()]).optional()
const Resource = z.looseObject({ attributes: Attributes }).optional()

/** Spans as an OpenTelemetry exporter sends them over HTTP as JSON. */
export const OtlpTraces = z.looseObject({
  resourceSpans: z
    .array(
      z.looseObject({
        resource: Resource,
        scopeSpans: z
          .array(
            z.looseObject({
              spans: z
                .array(
                  z.looseObject({
                    traceId: z.string().default(''),
                    spanId: z.string().default(''),
                    name: z.string().default(''),
                    attributes: Attributes,
                    events: z
                      .array(
                        z.looseObject({ name: z.string().default(''), timeUnixNano: Nanos, attributes: Attributes }),
                      )
                      .default([]),
                  }),
                )
                .default([]),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
})
export type OtlpTraces = z.infer<typeof OtlpTraces>

/** Log records, of which those that hold an exception are failures. */
export const OtlpLogs = z.looseObject({
  resourceLogs: z
    .array(
      z.looseObject({
        resource: Resource,
        scopeLogs: z
          .array(
            z.looseObject({
              logRecords: z
                .array(
                  z.looseObject({
                    traceId: z.string().default(''),
                    spanId: z.string().default(''),
                    timeUnixNano: Nanos,
                    attributes: Attributes,
                  }),
                )
                .default([]),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
})
export type OtlpLogs = z.infer<typeof OtlpLogs>

/** The exceptions of spans as failures; each event has an id of its own, so that a repeated export counts once. */
export const failuresOfTraces = ({ resourceSpans }: OtlpTraces): FailureReport[] =>
  resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.flatMap((span) =>
        span.events.flatMap((event, index) =>
          event.name === 'exception'
            ? reportOf({
                said: [...(resource?.attributes ?? []), ...span.attributes, ...event.attributes],
                eventId: `otlp:${span.traceId}:${span.spanId}:${index}`,
                nanos: event.timeUnixNano,
                spanName: span.name,
              })
            : [],
        ),
      ),
    ),
  )

/** The log records that hold an exception as failures. */
export const failuresOfLogs = ({ resourceLogs }: OtlpLogs): FailureReport[] =>
  resourceLogs.flatMap(({ resource, scopeLogs }) =>
    scopeLogs.flatMap(({ logRecords }) =>
      logRecords.flatMap((record) =>
        record.attributes.some(({ key }) => key === 'exception.type' || key === 'exception.message')
          ? reportOf({
              said: [...(resource?.attributes ?? []), ...record.attributes],
              eventId: `otlp:${record.traceId}:${record.spanId}:log:${record.timeUnixNano ?? ''}`,
              nanos: record.timeUnixNano,
              spanName: '',
            })
          : [],
      ),
    ),
  )

type Said = { said: z.infer<typeof Attributes>; eventId: string; nanos: string | number | undefined; spanName: string }

const reportOf = ({ said, eventId, nanos, spanName }: Said): FailureReport[] => {
  // What stands nearer to the exception wins.
  const values = new Map(said.map(({ key, value }) => [key, textOf(value)]))
  const text = (most: number, ...names: string[]): string | undefined =>
    names
      .map((name) => values.get(name))
      .find((value) => value !== undefined && value !== '')
      ?.slice(0, most)
  const name = text(200, 'exception.type')
  const message = text(Infinity, 'exception.message') ?? name
  if (message === undefined) return []
  const status = Number(text(8, 'http.response.status_code', 'http.status_code'))
  const environment = environments.find(
    (one) => one === text(64, 'deployment.environment.name', 'deployment.environment'),
  )
  const service = text(200, 'service.name')
  const isTraced = /[1-9a-f]/.test(eventId.slice(5).replaceAll(/[:0]|log/g, ''))
  return [
    {
      message,
      count: 1,
      tags: [],
      environment: environment ?? 'production',
      ...given('name', name),
      ...given('stack', text(65_536, 'exception.stacktrace')),
      ...given('provider', text(64, 'gen_ai.provider.name', 'gen_ai.system')),
      ...given('model', text(256, 'gen_ai.request.model')),
      ...given('conversationId', text(200, 'gen_ai.conversation.id')),
      ...given('release', text(200, 'service.version')),
      ...(status >= 100 && status <= 599 ? { httpStatus: status } : {}),
      ...(isTraced ? { eventId: eventId.slice(0, 200) } : {}),
      ...(nanos === undefined || Number(nanos) <= 0 ? {} : { at: timestamp(Math.floor(Number(nanos) / 1_000_000)) }),
      context: { ...given('service', service), ...(spanName === '' ? {} : { span: spanName.slice(0, 200) }) },
    },
  ]
}

const textOf = (value: z.infer<typeof Attribute>['value']): string | undefined => {
  const said = value?.stringValue ?? value?.intValue ?? value?.doubleValue ?? value?.boolValue
  return said === undefined ? undefined : String(said)
}

const given = <Name extends string>(name: Name, value: string | undefined): { [Key in Name]?: string } =>
  value === undefined ? {} : ({ [name]: value } as { [Key in Name]: string })
