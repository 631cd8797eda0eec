import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { isDataPlanePath, knownHostsOf, refuseAtEdge } from './edge.ts'

const requestOf = (url: string, rawHeaders: string[]): IncomingMessage => {
  const request = new IncomingMessage(new Socket())
  request.url = url
  request.rawHeaders = rawHeaders
  for (let index = 0; index < rawHeaders.length; index += 2) {
    request.headers[rawHeaders[index]!.toLowerCase()] ??= rawHeaders[index + 1]!
  }
  return request
}

const onLoopback = { knownHosts: knownHostsOf({ host: '127.0.0.1', publicUrl: undefined }), isLocal: () => false }

test.each(['127.0.0.1:8378', 'localhost', 'LOCALHOST:1', '[::1]:8378', 'assay.localhost'])(
  'on loopback, %s is this server',
  (host) => {
    expect(() => refuseAtEdge(requestOf('/', ['Host', host]), onLoopback)).not.toThrow()
  },
)

test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '', '10.0.0.1'])(
  'on loopback, a Host of "%s" is a page that rebinds its name',
  (host) => {
    expect(() => refuseAtEdge(requestOf('/', ['Host', host]), onLoopback)).toThrow('another server')
  },
)

test('behind a public address that address and this machine are known, and nobody else', () => {
  const edge = { ...onLoopback, knownHosts: knownHostsOf({ host: '0.0.0.0', publicUrl: 'https://assay.example/base' }) }
  for (const host of ['assay.example', 'assay.example:443', 'localhost:8378']) {
    expect(() => refuseAtEdge(requestOf('/', ['Host', host]), edge)).not.toThrow()
  }
  expect(() => refuseAtEdge(requestOf('/', ['Host', 'other.example']), edge)).toThrow('another server')
})

test('bound to every address without a public one, any name will do', () => {
  const edge = { ...onLoopback, knownHosts: knownHostsOf({ host: '0.0.0.0', publicUrl: undefined }) }
  expect(() => refuseAtEdge(requestOf('/', ['Host', 'assay.internal']), edge)).not.toThrow()
})

test('two Host headers, an absolute target and a packed body are refused by name', () => {
  expect(() => refuseAtEdge(requestOf('/', ['Host', 'localhost', 'HOST', 'b']), onLoopback)).toThrow(
    'more than one Host',
  )
  expect(() => refuseAtEdge(requestOf('http://a/v1', ['Host', 'localhost']), onLoopback)).toThrow('origin form')
  const packed = requestOf('/', ['Host', 'localhost', 'Content-Encoding', 'gzip'])
  expect(() => refuseAtEdge(packed, onLoopback)).toThrow('content-encoding gzip')
})

test('the raw path decides between the planes, so that an encoded twin is found by neither', () => {
  for (const url of ['/v1/models', '/v1', '/v1?x', '/v1beta/models/x:generateContent', '/passthrough/openai/x']) {
    expect(isDataPlanePath(url)).toBe(true)
    expect(isDataPlanePath(`http://other.example${url}`)).toBe(true)
  }
  for (const url of ['/', '/api/v1/me', '/%76%31/models', '/v1x', '/V1/models', '//v1/models']) {
    expect(isDataPlanePath(url)).toBe(false)
  }
})
