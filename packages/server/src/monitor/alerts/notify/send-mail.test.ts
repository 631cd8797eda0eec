import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { Secret, silentLog } from '@assay/core'
import { createEgress } from '@assay/providers'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterEach, expect, test } from 'vitest'
import { sendMail } from './send-mail.ts'

/** Mail over a connection that is made safe on the way: a real server with a certificate that nobody signed but itself. */

const fixture = (name: string) => readFile(join(import.meta.dirname, '__fixtures__', name), 'utf8')
const [key, cert] = [await fixture('mail-server.key.pem'), await fixture('mail-server.cert.pem')]
const known = getCACertificates('default')

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  setDefaultCACertificates(known)
  for (const close of closing.splice(0)) await close()
})

/** What a server saw: whether a password came, whether it was safe then, and the letters. */
type Seen = { logins: { user: string; isSafe: boolean }[]; letters: number }

const startServer = async (options: SMTPServerOptions): Promise<{ port: number; seen: Seen }> => {
  const seen: Seen = { logins: [], letters: 0 }
  const server = new SMTPServer({
    key,
    cert,
    allowInsecureAuth: true,
    onAuth: ({ username = '' }, { secure }, done) => {
      seen.logins.push({ user: username, isSafe: secure })
      done(null, { user: username })
    },
    onData: (stream, _session, done) => {
      stream.resume()
      stream.on('end', () => {
        seen.letters++
        done()
      })
    },
    ...options,
  })
  server.on('error', () => {}) // A client that does not trust it hangs up.
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  closing.push(() => new Promise<void>((resolve) => server.close(resolve)))
  return { port: (server.server.address() as AddressInfo).port, seen }
}

const mailTo = async (url: string, port: number, allow = [`127.0.0.1:${port}`]) => {
  const egress = createEgress({ allow, log: silentLog })
  try {
    return await sendMail(
      { egress },
      {
        url: new Secret(url),
        from: 'Assay <alerts@example.com>',
        to: ['ada@example.com'],
        id: '0199c3f2-77aa-7c41-9d55-0a3f0e6d1b2c',
        message: { subject: 'A test', lines: ['This channel works.'], link: 'https://assay.example.com' },
      },
    )
  } finally {
    await egress.close()
  }
}

test('the password goes out only once STARTTLS has made the connection safe', async () => {
  setDefaultCACertificates([...known, cert])
  const { port, seen } = await startServer({})
  expect(await mailTo(`smtp://ada:canary@127.0.0.1:${port}`, port)).toEqual({ isDelivered: true })
  expect(seen).toEqual({ logins: [{ user: 'ada', isSafe: true }], letters: 1 })
})

test('a server that nobody trusts gets neither password nor letter', async () => {
  const { port, seen } = await startServer({})
  const outcome = await mailTo(`smtp://ada:canary@127.0.0.1:${port}`, port)
  expect(outcome).toMatchObject({
    isDelivered: false,
    reason: expect.stringMatching(/self.signed certificate/i) as string,
  })
  expect(outcome).not.toHaveProperty('isFinal', true)
  expect(seen).toEqual({ logins: [], letters: 0 })
})

test('a server that offers no STARTTLS gets no password, unless the operator says so', async () => {
  const { port, seen } = await startServer({ disabledCommands: ['STARTTLS'] })
  expect(await mailTo(`smtp://ada:canary@127.0.0.1:${port}`, port)).toMatchObject({ isDelivered: false })
  expect(seen).toEqual({ logins: [], letters: 0 })
  expect(await mailTo(`smtp://ada:canary@127.0.0.1:${port}?tls=off`, port)).toEqual({ isDelivered: true })
  expect(seen).toEqual({ logins: [{ user: 'ada', isSafe: false }], letters: 1 })
})

test('smtps is safe from the first byte', async () => {
  setDefaultCACertificates([...known, cert])
  const { port, seen } = await startServer({ secure: true })
  expect(await mailTo(`smtps://ada:canary@127.0.0.1:${port}`, port)).toEqual({ isDelivered: true })
  expect(seen).toEqual({ logins: [{ user: 'ada', isSafe: true }], letters: 1 })
})

test('a mail server at a private address that nobody allowed is not called', async () => {
  const { port, seen } = await startServer({})
  await expect(mailTo(`smtp://127.0.0.1:${port}`, port, [])).rejects.toMatchObject({ code: 'egress.denied' })
  expect(seen).toEqual({ logins: [], letters: 0 })
})
