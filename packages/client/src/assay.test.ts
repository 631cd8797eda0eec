import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { FailureReport } from '@assay/core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createAssay } from './assay.ts'

/** The route that takes failures, as strict as the real one about their form. */
let reports: FailureReport[] = []
let statuses: number[] = []
let itemStatuses: number[] = []
let batches: number[] = []
let server: ReturnType<typeof createServer>
let url = ''

beforeEach(async () => {
  reports = []
  statuses = []
  itemStatuses = []
  batches = []
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const status = statuses.shift() ?? 207
      const { failures } = JSON.parse(body) as { failures: unknown[] }
      const items = failures.map((failure) => {
        const own = itemStatuses.shift() ?? 201
        if (status === 207 && own === 201) reports.push(FailureReport.parse(failure))
        return own === 201 ? { status: own } : { status: own, error: { code: 'x', message: 'x', hint: '' } }
      })
      if (status === 207) batches.push(failures.length)
      response
        .writeHead(status)
        .end(JSON.stringify(status === 207 ? { items } : { error: { code: 'x', message: 'x', hint: '' } }))
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
  for (let number = 0; number < 103; number++) assay.reportFailure(new Error(`the ${wordOf(number)} failed`))
  statuses = [503]
  expect(await assay.flush(20_000)).toBe(true)
  expect(reports).toHaveLength(100)
  expect(batches).toEqual([20, 20, 20, 20, 20])
  expect(reports[0]?.context).toEqual({ droppedReports: 3 })
  expect(reports.slice(1).every(({ context }) => context === undefined)).toBe(true)
})

test('a report that the server refuses is given up, so that it does not block those behind it', async () => {
  const assay = createAssay({ url, key: 'k' })
  itemStatuses = [400]
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

test('ten of one kind in a minute are sent as they are, the others as one with their count', async () => {
  const assay = createAssay({ url, key: 'k' })
  for (let number = 0; number < 500; number++) assay.reportFailure(new Error(`order ${number} has no total`))
  assay.reportFailure(new Error('something else'))
  expect(await assay.flush()).toBe(true)
  expect(reports).toHaveLength(12)
  expect(reports.map(({ count }) => count).toSorted((left, right) => left - right)).toEqual([
    ...Array.from({ length: 11 }, () => 1),
    490,
  ])
})

test('a report over the limit of the key is sent again', async () => {
  const assay = createAssay({ url, key: 'k' })
  itemStatuses = [201, 429]
  assay.reportFailure(new Error('first'))
  assay.reportFailure(new Error('second'))
  expect(await assay.flush(10_000)).toBe(true)
  expect(reports.map(({ message }) => message)).toEqual(['first', 'second'])
  expect(batches).toEqual([2, 1])
})

test('twenty are not left to wait for more', async () => {
  const assay = createAssay({ url, key: 'k' })
  for (let number = 0; number < 20; number++) assay.reportFailure(new Error(`the ${wordOf(number)} failed`))
  await vi.waitFor(() => expect(batches).toEqual([20]), 900)
})

test('what is larger than the server takes is cut or left out, and says so', async () => {
  const assay = createAssay({ url, key: 'k' })
  const circular: Record<string, unknown> = {}
  circular['self'] = circular
  assay.reportFailure(new Error('x'.repeat(100_000)), {
    context: circular,
    output: 'o'.repeat(300_000),
    request: { model: 'm', messages: [{ role: 'user', content: 'q'.repeat(300_000) }] },
    model: 'm'.repeat(300),
    tags: ['t'.repeat(100)],
  })
  assay.reportFailure(new Error('y'.repeat(100_000)), { output: 'o'.repeat(300_000) })
  expect(await assay.flush()).toBe(true)
  expect(reports[0]).toMatchObject({
    truncated: ['context', 'message', 'stack', 'output', 'model', 'request'].toSorted(),
    tags: ['t'.repeat(64)],
  })
  expect(reports[0]).not.toHaveProperty('context')
  const last = reports.at(-1)!
  expect(last.message).toHaveLength(32_768)
  expect(last.output).toHaveLength(262_144)
  expect(last.truncated).toEqual(['message', 'output', 'stack'])
})

test('a fetch handler is reported when it throws and when it answers 500, and answers as before', async () => {
  const assay = createAssay({ url, key: 'k' })
  const handler = assay.wrap({
    fetch: async (request: Request) => {
      if (request.url.endsWith('/throws')) throw new Error('the handler broke')
      return new Response('x', { status: request.url.includes('/bad') ? 503 : 200 })
    },
  })
  expect((await handler.fetch(new Request('https://example.com/good'))).status).toBe(200)
  expect((await handler.fetch(new Request('https://example.com/bad?token=secret'))).status).toBe(503)
  await expect(handler.fetch(new Request('https://example.com/throws'))).rejects.toThrow('the handler broke')
  await assay.flush()
  expect(reports).toMatchObject([
    { name: 'ServerError', httpStatus: 503, context: { method: 'GET', path: '/bad' } },
    { message: 'the handler broke', context: { path: '/throws' } },
  ])
  expect(JSON.stringify(reports)).not.toContain('secret')
})

test('what nobody caught is reported before the process ends as it would have', async () => {
  const script = `
    import { createAssay } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
    createAssay({ url: ${JSON.stringify(url)}, key: 'k' }).captureUnhandled()
    Promise.reject(new Error('nobody waits for this'))
  `
  const child = spawn(process.execPath, ['-C', 'assay-source', '--input-type=module', '-e', script], {
    cwd: new URL('.', import.meta.url),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [said, code] = await Promise.all([
    text(child.stderr),
    new Promise((resolve) => {
      child.once('close', resolve)
    }),
  ])
  expect(code).toBe(1)
  expect(said).toContain('nobody waits for this')
  expect(reports).toMatchObject([{ message: 'nobody waits for this', context: { unhandled: 'unhandledRejection' } }])
})

test('in a page the listeners of the window are used, until they are stopped', async () => {
  const page = new EventTarget()
  const { addEventListener, removeEventListener, process: node } = globalThis as Record<string, unknown>
  Object.assign(globalThis, {
    process: undefined,
    addEventListener: page.addEventListener.bind(page),
    removeEventListener: page.removeEventListener.bind(page),
  })
  const assay = createAssay({ url, key: 'k' })
  try {
    const stop = assay.captureUnhandled()
    page.dispatchEvent(Object.assign(new Event('error'), { error: new TypeError('of the page') }))
    page.dispatchEvent(Object.assign(new Event('unhandledrejection'), { reason: 'of a promise' }))
    stop()
    page.dispatchEvent(Object.assign(new Event('error'), { error: new Error('too late') }))
  } finally {
    Object.assign(globalThis, { process: node, addEventListener, removeEventListener })
  }
  await assay.flush()
  expect(reports.map(({ message }) => message)).toEqual(['of the page', 'of a promise'])
})

/** A word without digits, another one for each number. */
const wordOf = (number: number): string =>
  String(number)
    .split('')
    .map((digit) => 'zero one two three four five six seven eight nine'.split(' ')[Number(digit)])
    .join(' ')
