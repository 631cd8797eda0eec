/**
 * What it costs to take a failure in, beside a bare route that parses its JSON and inserts one row, both in one process
 * on the embedded engine, A B A B; then the share of capture in the CPU of answered gateway requests.
 * `npm run bench -- failure-ingest`
 */
import { createServer } from 'node:http'
import { Session, type Profiler } from 'node:inspector'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { readConfig, silentLog, timestamp } from '@assay/core'
import { serve, type App } from '@assay/server'
import { temporaryDirectory } from '@assay/testkit'
import { sql } from 'kysely'

const ROUNDS = 5
const REPORTS = 400
const IN_FLIGHT = 32
const GATEWAY_REQUESTS = 2_000
/** A key may report 100 events a second, which is not what is measured here. */
const KEYS = 100
const adminKey = 'a-key-for-benches-only'

await using directory = await temporaryDirectory()
const service = await serve(readConfig({ ASSAY_DATA: directory.path, ASSAY_PORT: '0', ASSAY_ADMIN_KEY: adminKey }), {
  log: silentLog,
})
const bare = await startBare(service.app)
try {
  const keys: string[] = []
  for (let index = 0; index < KEYS; index++) {
    const { key } = await post(`${service.url}/api/v1/gateway-keys`, { name: `k${index}`, scopes: ['failures'] })
    keys.push(String(key))
  }
  const [ours, theirs]: [number[], number[]] = [[], []]
  for (let round = 0; round <= ROUNDS; round++) {
    const a = await perSecond((index) => post(bare.url, failureOf(round, index)))
    const b = await perSecond((index) =>
      post(`${service.url}/api/v1/failures`, failureOf(round, index), keys[index % KEYS]),
    )
    if (round === 0) continue // warms up
    theirs.push(a)
    ours.push(b)
  }
  const ratio = median(ours) / median(theirs)
  console.log(`bare parse and insert  ${median(theirs).toFixed(0)} a second`)
  console.log(`POST /failures         ${median(ours).toFixed(0)} a second`)
  console.log(`ratio                  ${ratio.toFixed(2)} (goal: at least 0.4) ${ratio >= 0.4 ? 'met' : 'missed'}`)
  const share = await captureShare()
  console.log(
    `capture                ${(share * 100).toFixed(2)} % of the CPU (goal: at most 2 %) ${share <= 0.02 ? 'met' : 'missed'}`,
  )
} finally {
  bare.close()
  await service.close()
}

/** One row of a failure's size in one transaction of the workspace, and nothing else. */
async function startBare(app: App) {
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const { eventId } = JSON.parse(text) as { eventId: string }
    await app.store.inWorkspace(app.local.workspace.id, ({ db, workspaceId }) =>
      sql`insert into failure_keys (workspace_id, event_key, failure_id, at)
        values (${workspaceId}, ${`bare:${eventId}`}, ${app.createId()}, ${timestamp(app.now())})`.execute(db),
    )
    response.writeHead(201, { 'content-type': 'application/json' }).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => server.close() }
}

function failureOf(round: number, index: number) {
  return {
    eventId: `${round}-${index}`,
    name: 'OrderError',
    message: `Order ${index} of round ${round} has lost its ${['head', 'body', 'tail'][index % 3]}`,
    stack: `OrderError: lost\n    at readOrder (/srv/app/${index}/src/orders.ts:${index}:7)`,
    request: { model: 'sim/echo', messages: [{ role: 'user', content: `Read order ${index} and say its total.` }] },
  }
}

async function perSecond(send: (index: number) => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  let next = 0
  const lane = async () => {
    while (next < REPORTS) await send(next++)
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
  return (REPORTS / (performance.now() - startedAt)) * 1_000
}

async function post(url: string, body: unknown, key = adminKey): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as Record<string, unknown>
}

/** Of all samples in which the process worked, those under the capture of a request's end. */
async function captureShare(): Promise<number> {
  const session = new Session()
  session.connect()
  const call = promisify(session.post.bind(session)) as (method: string) => Promise<unknown>
  await call('Profiler.enable')
  await call('Profiler.start')
  const body = { model: 'sim/echo', messages: [{ role: 'user', content: 'Say something.' }] }
  for (let index = 0; index < GATEWAY_REQUESTS; index++) await post(`${service.url}/v1/chat/completions`, body)
  const { profile } = (await call('Profiler.stop')) as { profile: Profiler.Profile }
  session.disconnect()
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const isIdle = new Set(
    profile.nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id),
  )
  const isCapture = new Set<number>()
  const mark = (id: number): void => {
    isCapture.add(id)
    for (const child of nodes.get(id)?.children ?? []) mark(child)
  }
  for (const { id, callFrame } of profile.nodes)
    if (/^capture(?:Ending|Failure)$/.test(callFrame.functionName)) mark(id)
  const samples = (profile.samples ?? []).filter((id) => !isIdle.has(id))
  return samples.filter((id) => isCapture.has(id)).length / samples.length
}

function median(values: number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)]!
}
