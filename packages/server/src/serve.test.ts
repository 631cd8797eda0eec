import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { readConfig, silentLog, type FailureGroup, type FailureReceipt, type Page } from '@assay/core'
import { temporaryDirectory } from '@assay/testkit'
import { expect, test } from 'vitest'
import { adminKey, startService } from './__fixtures__/service.ts'
import { serve } from './serve.ts'

/** The service in a process of its own that can be killed. */
const startProcess = async (dataDir: string) => {
  const script = fileURLToPath(import.meta.resolve('./__fixtures__/serve-process.ts'))
  const child = spawn(process.execPath, ['-C', 'assay-source', script], {
    env: { PATH: process.env['PATH'], ASSAY_DATA: dataDir, ASSAY_PORT: '0', ASSAY_ADMIN_KEY: adminKey },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const { url } = JSON.parse(line) as { url: string }
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    const exited = once(child, 'exit')
    child.kill(signal)
    return ((await exited) as [number | null])[0]
  }
  return { url, end }
}

const headers = { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' }

test('killed right after it answered 201, the service still has what it acknowledged', async () => {
  await using directory = await temporaryDirectory()
  let acknowledged = 0
  for (let round = 0; round < 3; round++) {
    const { url, end } = await startProcess(directory.path)
    const response = await fetch(`${url}/api/v1/failures`, {
      method: 'POST',
      headers,
      body: JSON.stringify({
        name: 'KilledError',
        message: 'The process went away',
        request: { model: 'sim/echo', messages: [{ role: 'user', content: 'still there?' }] },
      }),
    })
    expect(response.status).toBe(201)
    const receipt = (await response.json()) as FailureReceipt
    await end('SIGKILL')
    acknowledged++
    expect(receipt.group.occurrences).toBe(acknowledged)
    expect(receipt.regressionTest === null).toBe(acknowledged < 3)
  }
  const { url, end } = await startProcess(directory.path)
  const groups = (await (await fetch(`${url}/api/v1/failure-groups`, { headers })).json()) as Page<FailureGroup>
  expect(groups.items).toMatchObject([{ occurrences: 3, testStatus: 'created' }])
  expect(await end('SIGTERM')).toBe(0)
})

test('a port that is taken is refused by name, or passed over when that was asked for', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as AddressInfo
  await using directory = await temporaryDirectory()
  const config = readConfig({ ASSAY_DATA: directory.path, ASSAY_PORT: String(port) })
  await expect(serve(config, { log: silentLog })).rejects.toMatchObject({
    code: 'server.address_in_use',
    details: { port },
    exitCode: 2,
  })
  const service = await serve(config, { log: silentLog, takeNextPort: true })
  expect(Number(new URL(service.url).port)).toBeGreaterThan(port)
  await service.close()
  await new Promise((resolve) => other.close(resolve))
})

test('a stop lets an answer finish, takes no new request, and gives the data back', async () => {
  await using directory = await temporaryDirectory()
  const service = await startService({ dataDir: directory.path })
  const answering = fetch(`${service.url}/v1/chat/completions`, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      model: 'sim/slow',
      stream: true,
      messages: [{ role: 'user', content: 'Count slowly from one to ten, please.' }],
    }),
  })
  const response = await answering
  const closing = service.close()
  expect(await response.text()).toContain('[DONE]')
  const answeredAt = performance.now()
  await closing
  // A kept-alive connection must not hold the stop up to its deadline of half a minute.
  expect(performance.now() - answeredAt).toBeLessThan(20_000)
  await expect(fetch(`${service.url}/healthz`)).rejects.toThrow('fetch failed')
  await using again = await startService({
    dataDir: directory.path,
    environment: { ASSAY_MASTER_KEY: service.config.ASSAY_MASTER_KEY!.open() },
  })
  const { body } = await again.call<Page<{ status: string }>>('GET /api/v1/requests')
  expect(body.items.map(({ status }) => status)).toEqual(['completed'])
})

test('the wrong master key stops the start and says which one', async () => {
  await using directory = await temporaryDirectory()
  const first = await startService({ dataDir: directory.path, environment: { ASSAY_EGRESS_ALLOW: '127.0.0.1:9' } })
  const credential = { provider: 'compatible', baseUrl: 'http://127.0.0.1:9/v1', secret: 'a-secret-to-keep' }
  await first.call('POST /api/v1/credentials', { body: credential })
  await first.close()
  await expect(startService({ dataDir: directory.path })).rejects.toMatchObject({
    code: 'vault.master_key_wrong',
    message: expect.stringContaining('ASSAY_MASTER_KEY') as string,
  })
})
