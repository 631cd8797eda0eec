import type { Egress, EgressCall } from '@assay/providers'

/** A stream that a server keeps open for what it may want to say. */
const OPEN_STREAM_MS = 3_600_000

/** The one way out in the shape that the MCP client asks for. */
export const egressFetch =
  (egress: Egress): typeof globalThis.fetch =>
  async (input, init = {}) => {
    const method = (init.method ?? 'GET') as EgressCall['method']
    const isStream = method === 'GET'
    const answer = await egress.send({
      method,
      url: input instanceof Request ? input.url : String(input),
      headers: Object.fromEntries(new Headers(init.headers ?? {})),
      body: typeof init.body === 'string' ? init.body : null,
      ...(init.signal && { signal: init.signal }),
      ...(isStream && { firstByteTimeoutMs: OPEN_STREAM_MS, idleTimeoutMs: OPEN_STREAM_MS }),
    })
    const hasNoBody = answer.status === 204 || answer.status === 205 || answer.status === 304
    return new Response(hasNoBody ? null : bodyOf(answer.body), {
      status: answer.status,
      headers: Object.entries(answer.headers).flatMap(([name, value]): [string, string][] =>
        value === undefined ? [] : [[name, String(value)]],
      ),
    })
  }

const bodyOf = (chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> => {
  const iterator = chunks[Symbol.asyncIterator]()
  return new ReadableStream({
    pull: async (controller) => {
      const { value, done } = await iterator.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: async () => void (await iterator.return?.()),
  })
}
