import type { IncomingHttpHeaders } from 'node:http'
import { keyValues, Secret, type Config, type Log } from '@assay/core'
import type { Egress } from '@assay/providers'
import { version } from '@assay/store'
import { createOtlpExporter, type TraceExporter } from './otlp.ts'
import { beginTrace, type Trace } from './trace.ts'

/** What tells an OpenTelemetry collector of each request. */
export type Tracing = {
  /** Begins the trace of a request; null where the caller keeps none of it. */
  begin(headers: IncomingHttpHeaders): Trace | null
  close(): Promise<void>
}

/** Tracing as the environment asks for it; null when it names no collector. Throws for a collector out of reach. */
export const createTracing = (parts: {
  config: Config
  egress: Egress
  randomBytes: (size: number) => Uint8Array
  onDropped: (spans: number) => void
  log: Log
}): Tracing | null => {
  const { config, egress, randomBytes } = parts
  const url = tracesUrlOf(config)
  if (url === null) return null
  egress.check(url)
  const exporter = createOtlpExporter({
    ...parts,
    url,
    headers: headersOf(config),
    resource: resourceOf(config),
    scope: { name: 'assay', version },
  })
  const showsContent = config.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT
  const push: TraceExporter['push'] = (trace) => exporter.push(trace)
  return {
    begin: (headers) => beginTrace(headers, { randomBytes, push, showsContent }),
    close: () => exporter.close(),
  }
}

/** The address of the signal is taken as it is, that of the collector with the path of the signal behind it. */
const tracesUrlOf = (config: Config): string | null => {
  const { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = config
  return traces ?? (endpoint === undefined ? null : `${endpoint}/v1/traces`)
}

const headersOf = ({ OTEL_EXPORTER_OTLP_HEADERS: given }: Config): Record<string, Secret> =>
  Object.fromEntries(
    Object.entries(given ? keyValues(given.open()) : {}).map(([name, value]) => [
      name.toLowerCase(),
      new Secret(value),
    ]),
  )

const resourceOf = (config: Config): Record<string, string> => ({
  'service.name': 'assay',
  'service.version': version,
  'telemetry.sdk.name': 'assay',
  'telemetry.sdk.language': 'nodejs',
  'telemetry.sdk.version': version,
  ...keyValues(config.OTEL_RESOURCE_ATTRIBUTES ?? ''),
  ...(config.OTEL_SERVICE_NAME === undefined ? undefined : { 'service.name': config.OTEL_SERVICE_NAME }),
})
