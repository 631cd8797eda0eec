import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAssay, verifyWebhook, type Assay } from '@assay/client'
import type { Alert, FailureGroup, Gate, Page, RegressionTest, Run, Schedule } from '@assay/core'
import {
  adminKey,
  type AssayProcess,
  type FakeProvider,
  runAssay,
  startAssay,
  startFakeProvider,
  temporaryDirectory,
  until,
} from '@assay/testkit'
import OpenAI from 'openai'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { afterAll, beforeAll, expect, test } from 'vitest'

/**
 * Walk 4 whole: what breaks, in the gateway and at an application's own HTTP endpoint, becomes a group each and a test
 * each; the tests are shown red, then green; a scheduled run sees the product break again; people hear of it by mail and
 * by webhook, the gate closes; it is mended, people hear that it is over, and the gate is open.
 */

const good = { total: 12, currency: 'EUR' }
const bad = { total: 'twelve' }
const schema = {
  type: 'object',
  properties: { total: { type: 'number' }, currency: { type: 'string' } },
  required: ['total', 'currency'],
}
const responseFormat = { type: 'json_schema', json_schema: { name: 'invoice', schema } } as const
const question = (number: number) => `Read /srv/inbox/${number}/invoice-${number}.pdf, order 00${number}-A.`

let healed = false
let upstream: FakeProvider
let assay: AssayProcess
let openai: OpenAI
let sdk: Assay
let shop: string
let webhookSecret: string
const opened: AsyncDisposable[] = []

type Told = { type: string; data: { alert: Alert; url: string } }
const hooks: { headers: IncomingHttpHeaders; body: string }[] = []
const letters: Buffer[] = []

const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  opened.push({
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const read = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** The user's own application: it reads invoices, sees for itself when the answer is unusable, and says so. */
const startShop = () =>
  listen(
    createServer(async (request, response) => {
      const { prompt } = JSON.parse(await read(request)) as { prompt: string }
      const answer = JSON.stringify(healed ? good : bad)
      if (!healed) {
        sdk.reportFailure(new TypeError(`The invoice of order ${/\d+/.exec(prompt)?.[0]} has no currency`), {
          category: 'validation',
          tags: ['checkout'],
          output: answer,
          request: {
            model: 'compatible/invoices-1',
            messages: [{ role: 'user', content: prompt }],
            response_format: responseFormat,
          },
        })
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ output: answer }))
    }),
  )

const startMail = async (): Promise<string> => {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        letters.push(Buffer.concat(chunks))
        done()
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  opened.push({ [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(resolve)) })
  return `127.0.0.1:${(server.server.address() as AddressInfo).port}`
}

beforeAll(async () => {
  upstream = await startFakeProvider({ always: () => JSON.stringify(healed ? good : bad) })
  const hook = await listen(
    createServer(async (request, response) => {
      hooks.push({ headers: request.headers, body: await read(request) })
      response.writeHead(204).end()
    }),
  )
  const mail = await startMail()
  const shopHost = await startShop()
  shop = `http://${shopHost}/invoices`
  const directory = await temporaryDirectory()
  assay = await startAssay({
    dataDir: directory.path,
    environment: {
      ASSAY_EGRESS_ALLOW: [upstream.host, hook, mail, shopHost].join(','),
      SMTP_URL: `smtp://${mail}?tls=off`,
      SMTP_FROM: 'Assay <alerts@example.com>',
    },
  })
  opened.push(assay, directory)
  await assay.call('POST', '/api/v1/credentials', {
    provider: 'compatible',
    baseUrl: `http://${upstream.host}/v1`,
    secret: 'none',
  })
  const { key } = await assay.call<{ key: string }>('POST', '/api/v1/gateway-keys', {
    name: 'walk 4',
    scopes: ['inference', 'failures'],
  })
  openai = new OpenAI({ baseURL: `${assay.url}/v1`, apiKey: key, maxRetries: 0 })
  sdk = createAssay({ url: assay.url, key, release: '2' })

  const webhook = await assay.call<{ id: string; secret: string }>('POST', '/api/v1/alerts/channels', {
    kind: 'webhook',
    name: 'pager',
    url: `http://${hook}/assay`,
  })
  webhookSecret = webhook.secret
  const team = await assay.call<{ id: string }>('POST', '/api/v1/alerts/channels', {
    kind: 'email',
    name: 'team',
    to: ['ada@example.com'],
  })
  await assay.call('POST', '/api/v1/alerts/rules', { name: 'everything', channelIds: [webhook.id, team.id] })
})

afterAll(async () => {
  for (const thing of opened) await thing[Symbol.asyncDispose]()
  await upstream.close()
})

const askGateway = (number: number) =>
  openai.chat.completions.create({
    model: 'compatible/invoices-1',
    messages: [{ role: 'user', content: question(number) }],
    response_format: responseFormat,
  })

const askShop = async (number: number): Promise<void> => {
  await fetch(shop, { method: 'POST', body: JSON.stringify({ prompt: `Pay what is asked for. ${question(number)}` }) })
  await sdk.flush()
}

const groups = async () => (await assay.call<Page<FailureGroup>>('GET', '/api/v1/failure-groups')).items
const tests = async () => (await assay.call<Page<RegressionTest>>('GET', '/api/v1/regression-tests')).items
const testOf = (id: string) => assay.call<RegressionTest>('GET', `/api/v1/regression-tests/${id}`)

const runEnded = (runId: string): Promise<Run> =>
  until(`run ${runId} to end`, async () => {
    const run = await assay.call<Run>('GET', `/api/v1/runs/${runId}`)
    return run.status === 'completed' || run.status === 'failed' ? run : undefined
  })

const runAll = async (): Promise<Run> =>
  runEnded((await assay.call<{ runId: string }>('POST', '/api/v1/regression-tests/run', { runAll: true })).runId)

/** What a webhook said of an event and an object, its signature verified; once it is there. */
const heard = async (rule: Alert['rule'], object: string, type: 'alert.raised' | 'alert.resolved'): Promise<Told> =>
  until(`${type} of ${rule}`, async () => {
    for (const { headers, body } of hooks) {
      const told = JSON.parse(body) as Told
      if (told.type !== type || told.data.alert.rule !== rule || told.data.alert.object !== object) continue
      expect(await verifyWebhook(headers, body, webhookSecret)).toMatchObject({ isValid: true })
      expect(await verifyWebhook(headers, `${body} `, webhookSecret)).toMatchObject({ isValid: false })
      return told
    }
    return undefined
  })

const mails = () => Promise.all(letters.map((letter) => PostalMime.parse(letter)))
const written = (subject: RegExp) =>
  until(`a mail like ${subject}`, async () => (await mails()).find((mail) => subject.test(mail.subject ?? '')))

const gate = async (): Promise<Gate['state']> => {
  const { exitCode, stdout } = await runAssay(['gate', '--json'], {
    environment: { ASSAY_URL: assay.url, ASSAY_API_KEY: adminKey },
  })
  const { state } = JSON.parse(stdout) as Gate
  expect(exitCode).toBe({ open: 0, closed: 100, unknown: 5 }[state])
  return state
}

test('failures of the gateway and of an application become a group and a test each, and people hear of it', async () => {
  for (const number of [8123, 977, 45_001]) {
    await askGateway(number)
    await askShop(number)
  }
  const made = await until('two tests', async () => ((await tests()).length === 2 ? tests() : undefined))
  const found = await groups()
  expect(found).toHaveLength(2)
  for (const group of found) {
    expect(group).toMatchObject({ occurrences: 3, category: 'validation', testStatus: 'created' })
    const { data } = await heard('group.new', group.id, 'alert.raised')
    expect(data.alert).toMatchObject({ count: 1, details: { occurrences: 1, environment: 'production' } })
    expect(data.url).toMatch(new RegExp(`/w/local/failures/${group.id}$`))
  }
  for (const { id, name } of made) {
    await heard('test.created', id, 'alert.raised')
    await written(new RegExp(`A failure became the test ${name}`))
  }
  // Whatever is told, what was asked and answered is not among it.
  const told = [...hooks.map(({ body }) => body), ...letters.map(String)].join('\n')
  expect(told).not.toMatch(/twelve|Read <?\/srv|"messages"/)
})

test('the application’s test is run against its own address; both are red, and green twice once it is mended', async () => {
  const own = (await tests()).find(({ tags }) => tags.includes('checkout'))!
  await assay.call('PATCH', `/api/v1/regression-tests/${own.id}`, {
    target: { kind: 'endpoint', url: shop, config: { transformResponse: '$.output' } },
  })
  await runAll()
  for (const { state } of await tests()) expect(state).toBe('red')
  healed = true
  await runAll()
  await runAll()
  for (const test of await tests()) {
    expect(test).toMatchObject({ state: 'active', confidence: 75 })
    await heard('test.created', test.id, 'alert.resolved')
  }
  await runAll()
  expect((await tests()).map(({ confidence }) => confidence)).toEqual([80, 80])
  expect(await gate()).toBe('open')
}, 60_000)

test('a run that nobody asked for sees it break again; mail and webhook tell, and the gate closes', async () => {
  healed = false
  const schedule = await assay.call<Schedule>('POST', '/api/v1/schedules', { name: 'each minute', cron: '* * * * *' })
  expect(schedule.next).toHaveLength(3)
  const due = await until(
    'a scheduled run',
    async () => (await assay.call<Schedule>('GET', `/api/v1/schedules/${schedule.id}`)).lastRunId ?? undefined,
    { timeoutMs: 100_000 },
  )
  await assay.call('POST', `/api/v1/schedules/${schedule.id}/pause`, {})
  expect(await runEnded(due)).toMatchObject({ trigger: 'cron', status: 'completed' })
  for (const { id, name } of await tests()) {
    expect(await testOf(id)).toMatchObject({ confidence: 70 })
    const { data } = await heard('test.regressed', id, 'alert.raised')
    expect(data.alert).toMatchObject({ details: { kind: 'regression', environment: 'production', confidence: 70 } })
    await heard('confidence.dropped', id, 'alert.raised')
    const mail = await written(new RegExp(`^Warning: ${name} fails again`))
    expect(mail.text).toContain(`/w/local/regression-tests/${id}`)
  }
  expect(await gate()).toBe('closed')
  await written(/^Critical: The gate of .* is closed/)
}, 130_000)

test('once it is mended people hear that it is over, and the gate is open', async () => {
  healed = true
  await runAll()
  for (const { id, name } of await tests()) {
    await heard('test.regressed', id, 'alert.resolved')
    await written(new RegExp(`^Resolved: ${name} fails again`))
  }
  expect(await gate()).toBe('open')
  await written(/^Resolved: The gate of .* is closed/)
  // One of a kind in a day, and one end of it.
  const counts = Map.groupBy(hooks, ({ body }) => {
    const { type, data } = JSON.parse(body) as Told
    return `${type} ${data.alert.rule} ${data.alert.object}`
  })
  for (const [what, { length }] of counts) expect([what, length]).toEqual([what, 1])
}, 60_000)
