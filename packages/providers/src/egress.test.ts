import { createServer, type RequestListener } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { AssayError, Secret, silentLog } from '@assay/core'
import { afterEach, expect, test } from 'vitest'
import { createEgress, type Egress } from './egress.ts'

const opened: { close: () => unknown }[] = []
afterEach(async () => {
  for (const { close } of opened.splice(0)) await close()
})

const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  opened.push({ close: () => new Promise((resolve) => server.close(resolve)) })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}
const serve = (listener: RequestListener): Promise<string> => {
  const server = createServer(listener)
  opened.push({ close: () => server.closeAllConnections() })
  return listen(server)
}
const opening = (allow: string[], resolve?: (host: string) => Promise<string[]>): Egress => {
  const egress = createEgress({ allow, log: silentLog, connectTimeoutMs: 500, ...(resolve ? { resolve } : undefined) })
  opened.unshift(egress)
  return egress
}
const outcome = async (work: () => unknown): Promise<string> => {
  try {
    await work()
    return 'sent'
  } catch (error) {
    if (error instanceof AssayError) return error.code
    return error instanceof Error && 'fault' in error ? String(error.fault) : String(error)
  }
}
const get = (egress: Egress, url: string, more: object = {}) =>
  egress.send({ method: 'GET', url, headers: {}, ...more })

test.each([
  'http://127.0.0.1/',
  'http://127.1/',
  'http://2130706433/',
  'http://0x7f.0.0.1/',
  'http://017700000001/',
  'http://0/',
  'http://10.1.2.3/',
  'http://172.31.0.1/',
  'http://192.168.1.1/',
  'http://100.64.0.1/',
  'http://169.254.169.254/latest/meta-data/',
  'http://168.63.129.16/',
  'http://224.0.0.1/',
  'http://255.255.255.255/',
  'http://[::1]/',
  'http://[::]/',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://[64:ff9b::7f00:1]/',
  'http://[2002:7f00:1::]/',
  'http://[fd00:ec2::254]/',
  'http://[fe80::1]/',
  'http://[ff02::1]/',
  'http://[100::1]/',
])('%s is denied, when it is saved and when it is used', async (url) => {
  const egress = opening([])
  expect(await outcome(() => egress.check(url))).toBe('egress.denied')
  expect(await outcome(() => get(egress, url))).toBe('egress.denied')
})

test.each(['http://8.8.8.8/', 'https://[2606:4700::1111]/', 'https://api.openai.com/v1', 'http://172.32.0.1/'])(
  '%s may be saved',
  async (url) => {
    expect(await outcome(() => opening([]).check(url))).toBe('sent')
  },
)

test.each(['ftp://example.com/', 'file:///etc/passwd', 'http://user:word@example.com/', 'nonsense', ''])(
  '"%s" is no address to call',
  async (url) => {
    expect(await outcome(() => opening([]).check(url))).toBe('egress.bad_url')
  },
)

test('a name that resolves to a private address is denied, even when another of its addresses is public', async () => {
  const egress = opening([], async () => ['93.184.216.34', '127.0.0.1'])
  expect(await outcome(() => get(egress, 'http://rebound.example/'))).toBe('egress.denied')
  expect(await outcome(() => get(opening([]), 'http://localhost/'))).toBe('egress.denied')
})

test('the socket goes to the address that was checked, under the name that was asked for', async () => {
  const host = await serve((request, response) => response.end(request.headers.host))
  const port = host.split(':')[1]
  let lookups = 0
  const egress = opening([`model.internal:${port}`], async () => {
    lookups++
    return ['127.0.0.1']
  })
  expect(await (await get(egress, `http://model.internal:${port}/`)).text()).toBe(`model.internal:${port}`)
  expect(lookups).toBe(1)
})

test.each([
  ['host and port', (host: string) => host],
  ['a network', () => '127.0.0.0/8'],
])('the operator may allow a private address by %s', async (_, entryOf) => {
  const host = await serve((_, response) => response.end('here'))
  const egress = opening([entryOf(host)])
  expect(await (await get(egress, `http://${host}/`)).text()).toBe('here')
  expect(await outcome(() => egress.check('http://10.0.0.1/'))).toBe('egress.denied')
})

test('an allowance of one port opens no other', async () => {
  expect(await outcome(() => opening(['127.0.0.1:1234']).check('http://127.0.0.1:1235/'))).toBe('egress.denied')
})

test.each(['127.0.0.1', 'http://a:1', '10.0.0.0/33', 'host:70000', ''])(
  'the entry "%s" is refused by name',
  (entry) => {
    expect(() => opening([entry])).toThrow(/ASSAY_EGRESS_ALLOW/)
  },
)

test('a redirect is an answer like any other and is not followed', async () => {
  const host = await serve((request, response) => {
    response.writeHead(request.url === '/' ? 302 : 200, { location: '/secret' })
    response.end(request.url)
  })
  const answer = await get(opening([host]), `http://${host}/`)
  expect(answer.status).toBe(302)
  expect(await answer.text()).toBe('/')
})

test('a secret leaves in the header it is for, and in nothing that is printed', async () => {
  const host = await serve((request, response) => response.end(JSON.stringify(request.headers)))
  const call = {
    headers: {
      authorization: { scheme: 'Bearer', secret: new Secret('sk-1234567890') },
      'x-api-key': new Secret('plain'),
    },
  }
  const answer = await get(opening([host]), `http://${host}/`, call)
  const text = await answer.text()
  expect(JSON.parse(text)).toMatchObject({ authorization: 'Bearer sk-1234567890', 'x-api-key': 'plain' })
  expect(answer.mask(text)).not.toContain('sk-1234567890')
  expect(JSON.stringify(call)).not.toContain('sk-1234567890')
})

test.each([
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
])('an answer in %s is decoded, and counted as it is decoded', async (encoding, compress) => {
  const host = await serve((_, response) => {
    response.setHeader('content-encoding', encoding)
    response.end(compress(Buffer.alloc(1_000_000, 'a')))
  })
  const egress = opening([host])
  expect(await (await get(egress, `http://${host}/`)).text()).toHaveLength(1_000_000)
  expect(await outcome(async () => (await get(egress, `http://${host}/`, { maxBytes: 500_000 })).text())).toBe(
    'too_large',
  )
})

test.each([
  [
    'a body over its limit',
    (response: { end: (text: string) => void }) => response.end('x'.repeat(5_000)),
    'too_large',
  ],
  [
    'headers over 64 KiB',
    (response: { setHeader: (n: string, v: string) => void; end: () => void }) => {
      response.setHeader('x', 'y'.repeat(70_000))
      response.end()
    },
    'too_large',
  ],
  ['a silent server', () => {}, 'timeout'],
  ['a body that stands still', (response: { write: (text: string) => void }) => response.write('a'), 'timeout'],
  ['a reset', (response: { socket: { resetAndDestroy(): void } }) => response.socket.resetAndDestroy(), 'cut'],
  [
    'a body that is cut',
    (response: { write: (text: string) => void; socket: { destroy(): void } }) => {
      response.write('a')
      setTimeout(() => response.socket.destroy(), 20)
    },
    'cut',
  ],
])('%s ends as what it is', async (_, play, fault) => {
  const host = await serve((_, response) => (play as (response: unknown) => void)(response))
  const limits = { maxBytes: 1_000, firstByteTimeoutMs: 100, idleTimeoutMs: 100 }
  expect(await outcome(async () => (await get(opening([host]), `http://${host}/`, limits)).text())).toBe(fault)
})

test('what is not HTTP is malformed, and what does not listen unreachable', async () => {
  const server = createTcpServer((socket) => {
    socket.on('data', () => socket.end('220 mail ready\r\n')).on('error', () => {})
  })
  const host = await listen(server)
  expect(await outcome(() => get(opening([host]), `http://${host}/`))).toBe('malformed')
  expect(await outcome(() => get(opening(['127.0.0.1:9']), 'http://127.0.0.1:9/'))).toBe('unreachable')
  const nowhere = opening([], async () => {
    throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
  })
  expect(await outcome(() => get(nowhere, 'http://nowhere.example/'))).toBe('unreachable')
})

test('connections are used again, but never one with an unfinished exchange', async () => {
  const sockets = new Set<Socket>()
  let unfinished: Socket | undefined
  const host = await serve((request, response) => {
    if (request.url === '/endless') {
      unfinished = request.socket
      response.write('a')
      return
    }
    sockets.add(request.socket)
    response.end('whole')
  })
  const egress = opening([host])
  for (let round = 0; round < 10; round++) await (await get(egress, `http://${host}/`)).text()
  // Two at most: the next call may begin in the very turn in which the last one ends.
  expect(sockets.size).toBeLessThanOrEqual(2)
  sockets.clear()
  const leaving = new AbortController()
  const endless = await get(egress, `http://${host}/endless`, { signal: leaving.signal })
  leaving.abort()
  expect(await outcome(() => endless.text())).toBe('aborted')
  for (let round = 0; round < 10; round++) await (await get(egress, `http://${host}/`)).text()
  expect(unfinished?.destroyed).toBe(true)
  expect([...sockets]).not.toContain(unfinished)
})

test('a signal ends a call at any stage', async () => {
  const host = await serve(() => {})
  const egress = opening([host])
  expect(await outcome(() => get(egress, `http://${host}/`, { signal: AbortSignal.abort() }))).toBe('aborted')
  expect(await outcome(() => get(egress, `http://${host}/`, { signal: AbortSignal.timeout(50) }))).toBe('aborted')
})

test('a slow reader holds the sender back instead of filling the memory', async () => {
  let sent = 0
  const host = await serve((_, response) => {
    const pump = () => {
      while (sent < 20_000_000) {
        sent += 64 * 1024
        if (!response.write(Buffer.alloc(64 * 1024))) return void response.once('drain', pump)
      }
      response.end()
    }
    pump()
  })
  const answer = await get(opening([host]), `http://${host}/`)
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(sent).toBeLessThan(15_000_000)
  let received = 0
  for await (const chunk of answer.body) received += chunk.byteLength
  expect(received).toBe(sent)
})

test('a name that takes for ever to look up ends when a connection would', async () => {
  const egress = opening([], () => new Promise(() => {}))
  expect(await outcome(() => get(egress, 'http://slow.example/'))).toBe('timeout')
})

test.each([['constructor'], [['gzip', 'br']]])(
  'an answer encoded as %j is malformed, in our words',
  async (encoding) => {
    const host = await serve((_, response) => {
      response.setHeader('content-encoding', encoding)
      response.end('x')
    })
    await expect(get(opening([host]), `http://${host}/`)).rejects.toMatchObject({
      fault: 'malformed',
      message: expect.stringMatching(/is encoded as/),
    })
  },
)
