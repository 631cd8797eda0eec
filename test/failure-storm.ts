import { setTimeout as delay } from 'node:timers/promises'
import type { BatchItem, FailureGroup, Page, RegressionTest } from '@assay/core'
import { startAssay, type AssayProcess } from '@assay/testkit'

export type Storm = {
  dataDir: string
  seconds: number
  reporters: number
  /** Of each reporter. */
  failuresPerSecond: number
  /** Causes the failures have. */
  groups: number
  /** How often the process is killed without warning meanwhile. */
  kills: number
}

/** What a storm left behind. */
export type StormOutcome = {
  reported: number
  seconds: number
  /** Reports that had to be sent again, because nobody had acknowledged them. */
  repeated: number
  groups: { title: string; reported: number; counted: number; tests: number }[]
}

const BATCH = 20

/**
 * Reporters send failures to a served Assay that is killed and started again meanwhile. What was not acknowledged is
 * sent again under its own id, as the SDK does, so at the end each was reported exactly once.
 */
export const runStorm = async (storm: Storm): Promise<StormOutcome> => {
  const { dataDir, seconds, reporters, groups, kills } = storm
  let assay = await startAssay({ dataDir })
  const server = { url: () => assay.url }
  try {
    const keys = await createKeys(assay, reporters)
    const startedAt = performance.now()
    const endsAt = startedAt + seconds * 1_000
    const reporting = keys.map((key, index) => report({ ...storm, key, index, endsAt, server }))
    for (let kill = 1; kill <= kills; kill++) {
      await delay(Math.max(0, startedAt + (kill / (kills + 1)) * seconds * 1_000 - performance.now()))
      await assay.kill()
      assay = await startAssay({ dataDir })
    }
    const sent = await Promise.all(reporting)
    const reported = sent.reduce((sum, { count }) => sum + count, 0)
    const repeated = sent.reduce((sum, one) => sum + one.repeated, 0)
    const tookSeconds = (performance.now() - startedAt) / 1_000
    return { reported, repeated, seconds: tookSeconds, groups: await counted(assay, { sent, groups }) }
  } finally {
    await assay.stop()
  }
}

type Sent = { count: number; repeated: number; byGroup: number[] }

const createKeys = async (assay: AssayProcess, count: number): Promise<string[]> => {
  const keys: string[] = []
  for (let index = 0; index < count; index++) {
    const body = { name: `reporter ${index}`, scopes: ['failures'] }
    keys.push((await assay.call<{ key: string }>('POST', '/api/v1/gateway-keys', body)).key)
  }
  return keys
}

/** One reporter: batches at its pace, each sent again until every report of it is acknowledged. */
const report = async (
  given: Storm & { key: string; index: number; endsAt: number; server: { url: () => string } },
): Promise<Sent> => {
  const { key, index, endsAt, server, failuresPerSecond, groups } = given
  const sent: Sent = { count: 0, repeated: 0, byGroup: Array.from({ length: groups }, () => 0) }
  let nextAt = performance.now() + (index / given.reporters) * (BATCH / failuresPerSecond) * 1_000
  while (nextAt < endsAt) {
    await delay(Math.max(0, nextAt - performance.now()))
    nextAt += (BATCH / failuresPerSecond) * 1_000
    let waiting = Array.from({ length: BATCH }, () => failureOf(sent, { index, groups }))
    for (;;) {
      waiting = await refusedOf(server.url(), key, waiting)
      if (waiting.length === 0) break
      sent.repeated += waiting.length
      await delay(200)
    }
  }
  return sent
}

const failureOf = (sent: Sent, { index, groups }: { index: number; groups: number }) => {
  const number = sent.count++
  const group = number % groups
  sent.byGroup[group]! += 1
  return {
    eventId: `${index}-${number}`,
    name: `Storm${letterOf(group)}Error`,
    message: `Order ${index}${number} has lost its ${letterOf(group)} part`,
    userId: `user-${number % 500}`,
    request: { model: 'sim/echo', messages: [{ role: 'user', content: `Read order ${number}.` }] },
  }
}

const letterOf = (group: number): string => String.fromCharCode(65 + group)

/** Sends once; answers what nobody has acknowledged. */
const refusedOf = async <Failure>(url: string, key: string, failures: Failure[]): Promise<Failure[]> => {
  try {
    const response = await fetch(`${url}/api/v1/failures/batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ failures }),
      signal: AbortSignal.timeout(10_000),
    })
    if (response.status !== 207) return failures
    const { items } = (await response.json()) as { items: BatchItem[] }
    return failures.filter((_, index) => (items[index]?.status ?? 500) >= 300)
  } catch {
    return failures // killed, or not yet there again
  }
}

const counted = async (
  assay: AssayProcess,
  { sent, groups }: { sent: Sent[]; groups: number },
): Promise<StormOutcome['groups']> => {
  const { items: found } = await assay.call<Page<FailureGroup>>('GET', '/api/v1/failure-groups?limit=200')
  const { items: tests } = await assay.call<Page<RegressionTest>>('GET', '/api/v1/regression-tests?limit=200')
  return Array.from({ length: groups }, (_, index) => {
    const group = found.filter(({ title }) => title.startsWith(`Storm${letterOf(index)}Error`))
    return {
      title: group[0]?.title ?? '',
      reported: sent.reduce((sum, { byGroup }) => sum + byGroup[index]!, 0),
      counted: group.length === 1 ? group[0]!.occurrences : Number.NaN,
      tests: tests.filter(({ groupId }) => group.some(({ id }) => id === groupId)).length,
    }
  })
}
