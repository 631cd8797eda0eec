import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { verifyWebhook } from '@assay/client'
import { timestamp, type Alert, type AlertChannel, type AlertDelivery, type AlertRule, type Page } from '@assay/core'
import { until } from '@assay/testkit'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startService, type TestService } from '../../../__fixtures__/service.ts'
import { deliverAll } from './deliver.ts'

/** Alerts on their way to people: a real mail server and a real receiver of webhooks on 127.0.0.1. */

type Received = { path: string; headers: IncomingHttpHeaders; body: string }
type Made = AlertChannel & { secret: string | null }
type Problem = { error: { code: string; message: string; details?: { issues?: { path: string }[] } } }

const received: Received[] = []
let statuses: number[] = []
const receiver = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  received.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() })
  response.writeHead(statuses.shift() ?? 200)
  response.end('canary-of-the-receiver')
})

const letters: Buffer[] = []
const readMails = (): Promise<Email[]> => Promise.all(letters.map((letter) => PostalMime.parse(letter)))
let mailRefusal: string | null = null
const mailServer = new SMTPServer({
  disabledCommands: ['STARTTLS'],
  allowInsecureAuth: true,
  onAuth: ({ username, password }, _session, done) => {
    if (username === 'assay@post' && password === 'p%ss canary') done(null, { user: username })
    else done(new Error(`wrong password ${password}`))
  },
  onRcptTo: (_address, _session, done) => {
    if (mailRefusal === null) return done()
    done(Object.assign(new Error(mailRefusal), { responseCode: 550 }))
  },
  onData: (stream, _session, done) => {
    const chunks: Buffer[] = []
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      letters.push(Buffer.concat(chunks))
      done()
    })
  },
})

let service: TestService
let hook: string
beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  await new Promise<void>((resolve) => mailServer.listen(0, '127.0.0.1', () => resolve()))
  const [hookPort, mailPort] = [receiver, mailServer.server].map((server) => (server.address() as AddressInfo).port)
  hook = `http://127.0.0.1:${hookPort}`
  service = await startService({
    environment: {
      ASSAY_EGRESS_ALLOW: `127.0.0.1:${hookPort},127.0.0.1:${mailPort}`,
      ASSAY_PUBLIC_URL: 'https://assay.example.com',
      SMTP_URL: `smtp://assay%40post:p%25ss%20canary@127.0.0.1:${mailPort}?tls=off`,
      SMTP_FROM: 'Assay <alerts@example.com>',
    },
  })
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
  receiver.close()
  receiver.closeAllConnections()
  await new Promise<void>((resolve) => mailServer.close(resolve))
})
beforeEach(async () => {
  received.length = 0
  letters.length = 0
  statuses = []
  mailRefusal = null
  const { body } = await call<{ items: AlertRule[] }>('GET /api/v1/alerts/rules')
  for (const { id } of body.items) await call(`DELETE /api/v1/alerts/rules/${id}`)
})

const call = <Body>(route: string, body?: unknown, headers: Record<string, string> = {}) =>
  service.call<Body>(route, {
    headers: { host: 'assay.example.com', ...headers },
    ...(body === undefined ? {} : { body }),
  })

let channels = 0
const channelOf = async (channel: object): Promise<Made> => {
  const { status, body } = await call<Made>('POST /api/v1/alerts/channels', {
    name: `channel ${++channels}`,
    ...channel,
  })
  expect(status).toBe(201)
  return body
}
const ruleOf = async (rule: object): Promise<AlertRule> =>
  (await call<AlertRule>('POST /api/v1/alerts/rules', { name: `rule ${++channels}`, ...rule })).body

let objects = 0
const raise = async (raised: Partial<Alert> = {}): Promise<Alert> => {
  const { app } = service
  const change = await app.alerts.raise(app.local.workspace.id, {
    rule: 'errors.high',
    object: `object ${++objects}`,
    severity: 'warning',
    title: 'Half of the requests failed <b>',
    details: { failed: 10, requests: 20 },
    ...raised,
  })
  return change.alert
}
const resolve = ({ rule, object }: Alert) => {
  const { app } = service
  return app.alerts.resolve(app.local.workspace.id, { rule, object })
}
const deliveries = async (query = ''): Promise<AlertDelivery[]> =>
  (await call<Page<AlertDelivery>>(`GET /api/v1/alerts/deliveries${query}`)).body.items
/** As if so much time had passed. */
const later = (milliseconds: number) => deliverAll({ ...service.app, now: () => service.app.now() + milliseconds })
const delivered = (alert: Alert, count = 1) =>
  until('the deliveries', async () => {
    const found = (await deliveries(`?alert=${alert.id}`)).filter(({ state }) => state !== 'waiting')
    return found.length >= count ? found : undefined
  })

test('a webhook is signed, told once of a beginning and once of an end, and logged', async () => {
  const { id, secret } = await channelOf({ kind: 'webhook', url: `${hook}/hook` })
  await ruleOf({ channelIds: [id] })
  const alert = await raise()
  await raise({ object: alert.object })
  await delivered(alert)
  await resolve(alert)
  const log = await delivered(alert, 2)
  expect(log.map(({ kind, state, tries }) => [kind, state, tries])).toEqual([
    ['resolved', 'delivered', 1],
    ['raised', 'delivered', 1],
  ])
  expect(received.map(({ body }) => JSON.parse(body).type)).toEqual(['alert.raised', 'alert.resolved'])
  const [{ headers, body }] = received as [Received]
  expect(JSON.parse(body).data).toMatchObject({
    alert: { id: alert.id, title: 'Half of the requests failed <b>' },
    url: `https://assay.example.com/w/local/schedules?alert=${alert.id}`,
  })
  expect(await verifyWebhook(headers, body, secret!)).toEqual({ isValid: true, id: log[1]!.id })
  expect(await verifyWebhook(headers, body.replace('Half', 'None'), secret!)).toMatchObject({ isValid: false })
  expect(await verifyWebhook(headers, body, 'whsec_AAAA')).toMatchObject({ isValid: false })
  const late = await verifyWebhook(headers, body, secret!, { nowMs: Date.now() + 301_000 })
  expect(late).toMatchObject({ isValid: false })
})

test('a receiver that fails is tried again later under the same id; one that is gone is switched off', async () => {
  const { id } = await channelOf({ kind: 'webhook', url: `${hook}/flaky` })
  await ruleOf({ channelIds: [id] })
  statuses = [500, 503]
  const alert = await raise()
  await until('the first try', async () => ((await deliveries(`?alert=${alert.id}`))[0]?.lastError ? true : undefined))
  const [failed] = await deliveries(`?alert=${alert.id}`)
  expect(failed).toMatchObject({ state: 'waiting', tries: 1, lastError: 'the receiver answered 500' })
  await later(6_000)
  await later(600_000)
  const [good] = await deliveries(`?alert=${alert.id}`)
  expect(good).toMatchObject({ state: 'delivered', tries: 3, lastError: null })
  expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set([good!.id]))
  expect(received).toHaveLength(3)

  statuses = [410]
  const gone = await raise()
  expect(await delivered(gone)).toMatchObject([{ state: 'failed', lastError: 'the receiver answered 410' }])
  const { body } = await call<{ items: AlertChannel[] }>('GET /api/v1/alerts/channels')
  expect(body.items.find((channel) => channel.id === id)).toMatchObject({
    enabled: false,
    disabledReason: expect.stringContaining('410'),
  })
  const resent = await call<AlertDelivery>(
    `POST /api/v1/alerts/deliveries/${(await deliveries(`?alert=${gone.id}`))[0]!.id}/resend`,
  )
  expect(resent.status).toBe(200)
  expect(await delivered(gone)).toMatchObject([{ state: 'delivered' }])
})

test('after three days a message is given up and its channel switched off', async () => {
  const { id } = await channelOf({ kind: 'webhook', url: `${hook}/dead` })
  await ruleOf({ channelIds: [id] })
  statuses = Array.from({ length: 20 }, () => 500)
  const alert = await raise()
  await until('the first try', async () => ((await deliveries(`?alert=${alert.id}`))[0]?.lastError ? true : undefined))
  for (let day = 0; day < 14; day++) await later(day * 86_400_000)
  expect(await deliveries(`?alert=${alert.id}`)).toMatchObject([{ state: 'failed', tries: 10 }])
  const { body } = await call<{ items: AlertChannel[] }>('GET /api/v1/alerts/channels')
  expect(body.items.find((channel) => channel.id === id)!.disabledReason).toContain('three days')
})

test('mail has both forms, every text escaped, and a link; what the server refuses is said without the password', async () => {
  const { id } = await channelOf({ kind: 'email', to: ['ada@example.com', 'bob@example.com'] })
  await ruleOf({ channelIds: [id], filter: { severities: ['critical'] } })
  await raise()
  const alert = await raise({ severity: 'critical' })
  await delivered(alert)
  const mails = await readMails()
  expect(mails).toHaveLength(1)
  expect(mails[0]).toMatchObject({
    subject: 'Critical: Half of the requests failed <b> (Local)',
    from: { address: 'alerts@example.com' },
    to: [{ address: 'ada@example.com' }, { address: 'bob@example.com' }],
  })
  expect(mails[0]!.html).toContain('Half of the requests failed &lt;b&gt;')
  expect(mails[0]!.text).toContain(`https://assay.example.com/w/local/schedules?alert=${alert.id}`)
  expect(mails[0]!.text).toContain('failed: 10')

  mailRefusal = 'no such person; and your password was p%ss canary'
  const refused = await raise({ severity: 'critical' })
  const [log] = await delivered(refused)
  expect(log).toMatchObject({ state: 'failed', tries: 1, lastError: expect.stringContaining('no such person') })
  expect(JSON.stringify(await deliveries())).not.toContain('canary')
})

test('a Slack-compatible channel gets text and blocks, and keeps its address secret', async () => {
  const url = `${hook}/services/T000/B000/canary-in-the-url`
  const made = await channelOf({ kind: 'slack', url })
  expect(made.url).toBe(`${hook}/…-url`)
  await ruleOf({ channelIds: [made.id] })
  await delivered(await raise())
  expect(received[0]!.path).toBe('/services/T000/B000/canary-in-the-url')
  const message = JSON.parse(received[0]!.body)
  expect(message.text).toContain('Half of the requests failed &lt;b&gt;')
  expect(message.blocks).toHaveLength(1)
  const told = await Promise.all(
    ['channels', 'rules', 'deliveries'].map(async (part) => (await call(`GET /api/v1/alerts/${part}`)).body),
  )
  const audit = (await call('GET /api/v1/audit?limit=200')).body
  expect(JSON.stringify([told, audit])).not.toContain('canary-in-the-url')
})

test('a test message is sent at once and tells what became of it, ten times an hour', async () => {
  const { id } = await channelOf({ kind: 'webhook', url: `${hook}/test` })
  expect((await call<AlertDelivery>(`POST /api/v1/alerts/channels/${id}/test`)).body).toMatchObject({
    state: 'delivered',
  })
  expect(JSON.parse(received[0]!.body)).toMatchObject({ type: 'alert.test', data: { alert: null } })
  statuses = [500]
  const failed = (await call<AlertDelivery>(`POST /api/v1/alerts/channels/${id}/test`)).body
  expect(failed).toMatchObject({ state: 'failed', lastError: 'the receiver answered 500' })
  expect(JSON.stringify(await deliveries())).not.toContain('canary-of-the-receiver')
  for (let more = 0; more < 8; more++) await call(`POST /api/v1/alerts/channels/${id}/test`)
  const refused = await call<Problem>(`POST /api/v1/alerts/channels/${id}/test`)
  expect(refused).toMatchObject({ status: 429, body: { error: { code: 'alerts.too_many_tests' } } })
})

test('a muted rule sends nothing, neither the beginning nor its end, and the log says so', async () => {
  const { id } = await channelOf({ kind: 'webhook', url: `${hook}/muted` })
  const rule = await ruleOf({ channelIds: [id], mutedUntil: timestamp(service.app.now() + 3_600_000) })
  const alert = await raise()
  expect(await delivered(alert)).toMatchObject([{ state: 'muted' }])
  await call(`PATCH /api/v1/alerts/rules/${rule.id}`, { mutedUntil: null })
  await resolve(alert)
  await delivered(await raise())
  expect(received.map(({ body }) => JSON.parse(body).type)).toEqual(['alert.raised'])
})

test('a new secret and the one before it both sign for a day', async () => {
  const { id, secret: before } = await channelOf({ kind: 'webhook', url: `${hook}/rotated` })
  const { body: rotated } = await call<Made>(`POST /api/v1/alerts/channels/${id}/rotate`)
  await call(`POST /api/v1/alerts/channels/${id}/test`)
  const [{ headers, body }] = received as [Received]
  expect(String(headers['webhook-signature']).split(' ')).toHaveLength(2)
  for (const secret of [before!, rotated.secret!]) {
    expect(await verifyWebhook(headers, body, secret)).toMatchObject({ isValid: true })
  }
})

test('an address that may not be reached any more is refused when something is sent there, too', async () => {
  const { id } = await channelOf({ kind: 'webhook', url: `${hook}/moved` })
  await service.app.store.inSystem(({ db }) =>
    db.updateTable('alertChannels').set({ url: 'http://127.0.0.1:9/private' }).where('id', '=', id).execute(),
  )
  const { body } = await call<AlertDelivery>(`POST /api/v1/alerts/channels/${id}/test`)
  expect(body).toMatchObject({
    state: 'failed',
    lastError: expect.stringContaining('Calls to 127.0.0.1 are not allowed') as string,
  })
  expect(received).toEqual([])
})

test('what cannot be is refused, named, and changes nothing', async () => {
  const post = (part: string, body: object) => call<Problem>(`POST /api/v1/alerts/${part}`, body)
  const refused = async (part: string, body: object, status: number, code: string) =>
    expect(await post(part, body)).toMatchObject({ status, body: { error: { code } } })
  await refused('channels', { kind: 'webhook', name: 'a', url: 'http://169.254.169.254/x' }, 400, 'egress.denied')
  await refused('channels', { kind: 'webhook', name: 'a', url: 'http://10.0.0.1/x' }, 400, 'egress.denied')
  await refused('channels', { kind: 'webhook', name: 'a', url: 'ftp://example.com' }, 400, 'input.invalid')
  await refused('channels', { kind: 'email', name: 'a', to: ['nobody'] }, 400, 'input.invalid')
  await refused('channels', { kind: 'pigeon', name: 'a' }, 400, 'input.invalid')
  const { id, name } = await channelOf({ kind: 'webhook', url: `${hook}/once` })
  await refused('channels', { kind: 'slack', name, url: hook }, 409, 'alerts.name_taken')
  await refused('rules', { name: 'r', channelIds: ['0199c3f2-77aa-7c41-9d55-0a3f0e6d1b2c'] }, 404, 'resource.not_found')
  await refused('rules', { name: 'r', channelIds: [id], events: ['cost.low'] }, 400, 'input.invalid')
  const moved = await call<Problem>(`PATCH /api/v1/alerts/channels/${id}`, { url: 'https://elsewhere.example.com/x' })
  expect(moved).toMatchObject({ status: 400, body: { error: { details: { issues: [{ path: 'url' }] } } } })
  const rule = await ruleOf({ channelIds: [id] })
  await call(`DELETE /api/v1/alerts/channels/${id}`)
  const { body } = await call<{ items: AlertRule[] }>('GET /api/v1/alerts/rules')
  expect(body.items.find((other) => other.id === rule.id)!.channelIds).toEqual([])
})
