import { Agent, request as startRequest } from 'node:http'

type At = { url: string; key: string }

/** What a load came to. */
export type Load = { requests: number; seconds: number; p50Ms: number }

const bodyOf = (isStream: boolean): Buffer =>
  Buffer.from(
    JSON.stringify({
      model: 'openai/gpt-4o-mini',
      messages: [
        { role: 'system', content: 'You are a helpful assistant. '.repeat(10) },
        { role: 'user', content: 'Explain how a suspension bridge carries its load. '.repeat(10) },
      ],
      ...(isStream ? { stream: true } : undefined),
    }),
  )

/** Keeps so many connections busy, each asking again as soon as it was answered. */
export const closedLoop = async (
  options: At & { connections: number; seconds: number; isStream?: boolean },
): Promise<Load> => {
  const { connections, seconds } = options
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const body = bodyOf(options.isStream === true)
  const until = performance.now() + seconds * 1_000
  const startedAt = performance.now()
  const latencies: number[] = []
  const ask = async (): Promise<void> => {
    while (performance.now() < until) {
      const askedAt = performance.now()
      await send({ ...options, body, agent })
      latencies.push(performance.now() - askedAt)
    }
  }
  await Promise.all(Array.from({ length: connections }, ask))
  agent.destroy()
  latencies.sort((a, b) => a - b)
  return {
    requests: latencies.length,
    seconds: (performance.now() - startedAt) / 1_000,
    p50Ms: latencies[Math.floor(latencies.length / 2)] ?? 0,
  }
}

/** The median time from asking to the first chunk of a stream, one stream after the other. */
export const firstChunks = async ({ count, ...at }: At & { count: number }): Promise<number> => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const body = bodyOf(true)
  const times: number[] = []
  for (let index = 0; index < count; index++) {
    const askedAt = performance.now()
    let first = 0
    await send({ ...at, body, agent, onData: () => (first ||= performance.now() - askedAt) })
    times.push(first)
  }
  agent.destroy()
  return times.sort((a, b) => a - b)[Math.floor(count / 2)] ?? 0
}

const send = ({
  url,
  key,
  body,
  agent,
  onData,
}: At & { body: Buffer; agent: Agent; onData?: () => void }): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = startRequest(
      url,
      {
        method: 'POST',
        agent,
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'content-length': body.length },
      },
      (response) => {
        if (response.statusCode !== 200) reject(new Error(`HTTP ${response.statusCode} from ${url}`))
        response.on('data', () => onData?.())
        response.on('end', resolve)
        response.on('error', reject)
      },
    )
    request.on('error', reject)
    request.end(body)
  })
