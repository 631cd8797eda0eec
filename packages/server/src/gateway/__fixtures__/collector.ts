import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { OtlpSpan } from '../tracing/spans.ts'
import type { OtlpAttribute } from '../tracing/attributes.ts'

/** One batch as it came over HTTP. */
export type Batch = { headers: IncomingHttpHeaders; path: string; resource: Record<string, unknown>; spans: OtlpSpan[] }

/** An OpenTelemetry collector on 127.0.0.1 that keeps what it gets, or does what a test tells it. */
export const startCollector = async () => {
  const batches: Batch[] = []
  let statuses: (number | 'hang')[] = []
  let answer = '{"partialSuccess":{}}'
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const status = statuses.shift() ?? 200
    if (status === 'hang') return
    response.writeHead(status, { 'content-type': 'application/json' })
    if (status < 300) {
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString())
      for (const { resource, scopeSpans } of resourceSpans) {
        batches.push({
          headers: request.headers,
          path: request.url ?? '',
          resource: plain(resource.attributes),
          spans: scopeSpans.flatMap((scope: { spans: OtlpSpan[] }) => scope.spans),
        })
      }
    }
    response.end(answer)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    host,
    url: `http://${host}`,
    batches,
    spans: () => batches.flatMap(({ spans }) => spans),
    /** How the next batches are answered. */
    play: (...next: (number | 'hang')[]) => {
      statuses = next
    },
    say: (text: string) => {
      answer = text
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export type Collector = Awaited<ReturnType<typeof startCollector>>

/** Attributes as one would say them. */
export const plain = (attributes: readonly OtlpAttribute[]): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]))

const plainValue = (value: Record<string, unknown>): unknown => {
  if ('intValue' in value) return Number(value['intValue'])
  if ('arrayValue' in value) {
    return (value['arrayValue'] as { values: Record<string, unknown>[] }).values.map((each) => plainValue(each))
  }
  return Object.values(value)[0]
}
