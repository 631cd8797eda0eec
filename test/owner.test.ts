import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { runAssay, startAssay, temporaryDirectory } from '@assay/testkit'
import { expect, test } from 'vitest'

test('a second server on the same data refuses with 2 and names the first', async () => {
  await using directory = await temporaryDirectory()
  await using first = await startAssay({ dataDir: directory.path })
  const second = await runAssay(['serve', '--json'], {
    environment: { ASSAY_DATA: directory.path, ASSAY_PORT: '0' },
  })
  expect(second.exitCode).toBe(2)
  expect(second.stderr).toContain(String(first.process.pid))
  expect(second.stderr).toContain(new URL(first.url).host)
  expect(second.stderr).not.toMatch(/^\s+at /m)
})

test('a command finds the running owner by its data directory, without a key', async () => {
  await using directory = await temporaryDirectory()
  await using server = await startAssay({ dataDir: directory.path })
  const { exitCode, stdout, stderr } = await runAssay(['failures', 'list', '--json'], {
    environment: { ASSAY_DATA: directory.path },
  })
  expect(stderr).toBe('')
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' })
  expect(server.process.exitCode).toBeNull()
})

test('with nobody there, a command opens the data itself and leaves them free again', async () => {
  await using directory = await temporaryDirectory()
  const environment = { ASSAY_DATA: directory.path }
  expect(await runAssay(['requests', 'list', '--json'], { environment })).toMatchObject({ exitCode: 0, stdout: '' })
  await using server = await startAssay({ dataDir: directory.path })
  expect(server.url).toMatch(/^http:/)
})

test('an owner that is stopped, not dead, still holds its data', async () => {
  await using directory = await temporaryDirectory()
  await using first = await startAssay({ dataDir: directory.path })
  first.process.kill('SIGSTOP')
  try {
    const second = spawn(process.execPath, ['packages/cli/bin/assay.js', 'serve', '--json'], {
      env: { PATH: process.env['PATH'], ASSAY_DATA: directory.path, ASSAY_PORT: '0' },
      stdio: 'ignore',
    })
    const [exitCode] = (await once(second, 'exit')) as [number]
    expect(exitCode).toBe(2)
  } finally {
    first.process.kill('SIGCONT')
  }
})

test('SIGTERM ends the service with 0 and nothing is left to recover', async () => {
  await using directory = await temporaryDirectory()
  const first = await startAssay({ dataDir: directory.path })
  expect(await first.stop()).toBe(0)
})
