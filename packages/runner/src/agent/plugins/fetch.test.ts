import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { silentLog } from '@assay/core'
import { createEgress } from '@assay/providers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runAgents, type Move } from '../testing/scripted.ts'
import { fetchPlugin } from './fetch.ts'
import { readableText } from './readable-text.ts'

const page =
  '<html><head><style>p{}</style><script>evil()</script></head><body><h1>Tea</h1><p>Water &amp; leaves.</p></body></html>'
const server = createServer((request, response) => {
  if (request.url === '/gone') return response.writeHead(404).end('no')
  if (request.url === '/away') return response.writeHead(302, { location: '/tea' }).end()
  response.setHeader('content-type', request.url === '/tea' ? 'text/html' : 'text/plain')
  response.end(request.url === '/tea' ? page : '0123456789')
})
let origin: string
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => void server.close())

const fetched = async (calls: object[], allow: string[]) => {
  await using egress = createEgress({ allow, log: silentLog })
  const moves: Move[] = [calls.map((args) => ({ name: 'fetch', args })), 'done']
  const { result } = await runAgents({ tests: [{ input: 'go' }] }, { moves, agent: { plugins: [fetchPlugin(egress)] } })
  return result.toolCalls!.map(({ status, result }) => [status, result])
}

test('a page is told as its words, in parts, or as it is', async () => {
  const calls = [
    { url: `${origin}/tea` },
    { url: `${origin}/tea`, raw: true },
    { url: `${origin}/digits`, max_length: 4, start_index: 2 },
    { url: `${origin}/gone` },
    { url: `${origin}/away` },
  ]
  expect(await fetched(calls, ['127.0.0.1/32'])).toEqual([
    ['ok', '# Tea\nWater & leaves.'],
    ['ok', page],
    ['ok', '2345\n[4 characters more: start_index 6]'],
    ['error', `${origin}/gone answered with status 404`],
    ['error', `${origin}/away answered with status 302`],
  ])
})

test('what the one way out refuses, an agent is denied', async () => {
  const calls = ['http://169.254.169.254/latest', `${origin}/tea`, 'file:///etc/passwd', 'http://2130706433/'].map(
    (url) => ({ url }),
  )
  expect((await fetched(calls, [])).map(([status]) => status)).toEqual(['denied', 'denied', 'denied', 'denied'])
})

test('a page that is never closed is read in time', () => {
  const startedAt = performance.now()
  readableText('<script'.repeat(100_000))
  readableText('<'.repeat(1_000_000))
  readableText('<!--'.repeat(100_000))
  expect(performance.now() - startedAt).toBeLessThan(1_000)
})
