import { Connection, type Heard } from './client.ts'
import { median } from './figures.ts'

/** What a load came to. */
export type Load = { requests: number; seconds: number; wholeMs: number[]; firstMs: number[]; reads: number[] }

/** Keeps so many connections busy for a while, each asking again as soon as it was answered. */
export const closedLoop = async (asked: {
  url: string
  connections: number
  seconds: number
  /** The request, or one for each time when no two may be the same. */
  bytes: Buffer | (() => Buffer)
}): Promise<Load> => {
  const { bytes } = asked
  const bytesOf = typeof bytes === 'function' ? bytes : () => bytes
  const heard: Heard[] = []
  const connections = Array.from({ length: asked.connections }, () => new Connection(asked.url))
  const startedAt = performance.now()
  const until = startedAt + asked.seconds * 1_000
  const askOn = async (connection: Connection): Promise<void> => {
    while (performance.now() < until) heard.push(await connection.ask(bytesOf()))
  }
  try {
    await Promise.all(connections.map(askOn))
  } finally {
    for (const connection of connections) connection.close()
  }
  return {
    requests: heard.length,
    seconds: (performance.now() - startedAt) / 1_000,
    wholeMs: heard.map((one) => one.wholeMs),
    firstMs: heard.map((one) => one.firstMs),
    reads: heard.map((one) => one.reads),
  }
}

/** So many streams at once, one wave after the other. */
export const waves = async (asked: {
  url: string
  bytes: Buffer
  streams: number
  count: number
}): Promise<{ firstMs: number; reads: number }> => {
  const connections = Array.from({ length: asked.streams }, () => new Connection(asked.url))
  const heard: Heard[] = []
  try {
    for (let wave = 0; wave < asked.count; wave++) {
      heard.push(...(await Promise.all(connections.map((connection) => connection.ask(asked.bytes)))))
    }
  } finally {
    for (const connection of connections) connection.close()
  }
  return { firstMs: median(heard.map(({ firstMs }) => firstMs)), reads: median(heard.map(({ reads }) => reads)) }
}
