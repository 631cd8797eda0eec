import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { FailureReport } from '@assay/core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAssay } from './assay.ts'

/** The route that takes failures, as strict as the real one about their form. */
let reports: FailureReport[] = []
let statuses: number[] = []
let server: ReturnType<typeof createServer>
let url = ''

beforeEach(async () => {
  reports = []
  statuses = []
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const status = statuses.shift() ?? 201
      if (status === 201) reports.push(FailureReport.parse(JSON.parse(body)))
      response.writeHead(status).end('{"error":{"code":"x","message":"x","hint":""}}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => new Promise((resolve) => server.close(resolve)))

test('a reported error arrives with what the error itself knows, once flushed', async () => {
  const assay = createAssay({ url, key: 'k', environment: 'staging', release: '1.2.0' })
  const cause = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  const error = Object.assign(new TypeError('fetch failed', { cause }), { status: 502, request_id: 'req_1' })
  assay.reportFailure(error, { provider: 'openai', model: 'gpt-x', tags: ['checkout'] })
  expect(reports).toEqual([])
  expect(await assay.flush()).toBe(true)
  expect(reports).toMatchObject([
    {
      name: 'TypeError',
      message: 'fetch failed',
      httpStatus: 502,
      requestId: 'req_1',
      causes: [{ name: 'Error', code: 'ECONNREFUSED', message: 'connect ECONNREFUSED' }],
      provider: 'openai',
      model: 'gpt-x',
      tags: ['checkout'],
      environment: 'staging',
      release: '1.2.0',
    },
  ])
  expect(reports[0]?.stack).toContain('assay.test.ts')
})

test.each([undefined, null, '', 0, 'text', {}, [], { message: 5 }, Symbol('s'), new Error(''), Object.create(null)])(
  'whatever is thrown (%o) becomes a report that the server takes',
  async (thrown) => {
    const assay = createAssay({ url, key: 'k' })
    assay.reportFailure(thrown)
    await assay.flush()
    expect(reports).toHaveLength(1)
  },
)

test('a hostile object cannot make the report throw', () => {
  const hostile = new Proxy(
    {},
    {
      get: () => {
        throw new Error('no')
      },
    },
  )
  expect(() => createAssay({ url, key: 'k' }).reportFailure(hostile)).not.toThrow()
})

test('keys and addresses are taken out before anything leaves the application', async () => {
  const assay = createAssay({
    url,
    key: 'k',
    redact: (report) => JSON.parse(JSON.stringify(report).replaceAll('order-77', '<order>')) as FailureReport,
  })
  assay.reportFailure(
    new Error('order-77 of ann@example.com with sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD failed'),
  )
  await assay.flush()
  expect(reports).toHaveLength(1)
  const sent = JSON.stringify(reports)
  for (const secret of ['ann@example.com', 'sk-proj-abcdefghij', 'order-77']) expect(sent).not.toContain(secret)
})

test('while the server is away reports wait, beyond 100 they are counted, and the count arrives with the next', async () => {
  const assay = createAssay({ url, key: 'k' })
  for (let number = 0; number < 103; number++) assay.reportFailure(new Error(`number ${number}`))
  statuses = [503]
  expect(await assay.flush(20_000)).toBe(true)
  expect(reports).toHaveLength(100)
  expect(reports[0]?.context).toEqual({ droppedReports: 3 })
  expect(reports.slice(1).every(({ context }) => context === undefined)).toBe(true)
})

test('a report that the server refuses is given up, so that it does not block those behind it', async () => {
  const assay = createAssay({ url, key: 'k' })
  statuses = [400]
  assay.reportFailure(new Error('refused'))
  assay.reportFailure(new Error('taken'))
  expect(await assay.flush()).toBe(true)
  expect(reports.map(({ message }) => message)).toEqual(['taken'])
})

test('flush gives up after its time and says that something is left', async () => {
  const assay = createAssay({ url: 'http://127.0.0.1:1', key: 'k' })
  assay.reportFailure(new Error('lost'))
  const startedAt = Date.now()
  expect(await assay.flush(200)).toBe(false)
  expect(Date.now() - startedAt).toBeLessThan(5_000)
})

test('a wrapped function gives the same and throws the same, and its failure is reported', async () => {
  const assay = createAssay({ url, key: 'k' })
  const add = assay.wrap((left: number, right: number) => left + right)
  expect(add(1, 2)).toBe(3)
  const error = new Error('later')
  const fail = assay.wrap(async () => {
    throw error
  })
  await expect(fail()).rejects.toBe(error)
  const failAtOnce = assay.wrap((): void => {
    throw error
  })
  expect(failAtOnce).toThrow(error)
  await assay.flush()
  expect(reports.map(({ message }) => message)).toEqual(['later', 'later'])
})
