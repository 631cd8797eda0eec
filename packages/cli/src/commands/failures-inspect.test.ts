import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Command } from 'commander'
import { afterEach, expect, test } from 'vitest'
import { inspectCommand } from './failures-inspect.ts'

const labelled = new URL('../../../../../shared/data/failures/dev.jsonl', import.meta.url)

afterEach(() => {
  process.exitCode = undefined
})

const inspect = async (input: string | Iterable<string>) => {
  const stdout = new PassThrough()
  const written = text(stdout)
  const program = new Command().exitOverride()
  const stdin = Readable.from(typeof input === 'string' ? [input] : input, { objectMode: false })
  inspectCommand(program.command('failures'), { stdin, stdout })
  await program.parseAsync(['failures', 'inspect', '--jsonl'], { from: 'user' })
  stdout.end()
  const lines = (await written).split('\n').slice(0, -1)
  return { lines, answers: lines.map((line) => JSON.parse(line)), exitCode: process.exitCode ?? 0 }
}

test('each line gets its diagnosis, in order', async () => {
  const { answers, exitCode } = await inspect(
    '{"message":"Error: connect ECONNREFUSED 127.0.0.1:5432"}\n{"message":"jwt expired","name":"TokenExpiredError"}\n',
  )
  expect(answers).toEqual([
    expect.objectContaining({ category: 'network', severity: 'medium', family: 'network/node/econnrefused' }),
    expect.objectContaining({ category: 'auth', severity: 'high', title: 'TokenExpiredError: jwt expired' }),
  ])
  for (const { fingerprint, why } of answers) {
    expect(fingerprint).toMatch(/^[0-9a-f]{16}$/)
    expect(why.length).toBeGreaterThan(0)
  }
  expect(exitCode).toBe(0)
})

test('a bad line is answered with its error, and the lines after it are still read', async () => {
  const { answers, exitCode } = await inspect('not json\n{"stack":"x"}\n\n{"message":"ok"}')
  expect(answers.map(({ error, category }) => error?.code ?? category)).toEqual([
    'input.bad_json',
    'input.invalid',
    'input.bad_json',
    'unknown',
  ])
  expect(answers[1].error.message).toContain('message')
  expect(exitCode).toBe(2)
})

test('a line of two megabytes is refused without being kept', async () => {
  const { answers, exitCode } = await inspect([
    ...Array.from({ length: 32 }, () => 'x'.repeat(65_536)),
    '\n{"message":"a"}\n',
  ])
  expect(answers.map(({ error, category }) => error?.code ?? category)).toEqual(['input.too_large', 'unknown'])
  expect(exitCode).toBe(2)
})

test('characters that are cut between two reads arrive whole', async () => {
  const bytes = Buffer.from('{"message":"Ünïcödé ✓ failed"}\n')
  const stdout = new PassThrough()
  const written = text(stdout)
  const program = new Command().exitOverride()
  const stdin = Readable.from(
    Array.from(bytes, (byte) => Buffer.from([byte])),
    { objectMode: false },
  )
  inspectCommand(program.command('failures'), { stdin, stdout })
  await program.parseAsync(['failures', 'inspect', '--jsonl'], { from: 'user' })
  stdout.end()
  expect(JSON.parse(await written).title).toBe('Ünïcödé ✓ failed')
})

test.skipIf(!existsSync(labelled))(
  'labels in a line decide nothing, and two runs give the same bytes (needs ../shared/data)',
  async () => {
    const input = readFileSync(labelled, 'utf8')
    const first = await inspect(input)
    expect(first.lines).toHaveLength(462)
    const unlabelled = input
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const { message, stack, http_status } = JSON.parse(line)
        return `${JSON.stringify({ message, stack, http_status })}\n`
      })
    expect((await inspect(unlabelled)).lines).toEqual(first.lines)
  },
)

test('a process of its own answers from a pipe and ends with 2 after a bad line', async () => {
  const main = `
    import { Command } from 'commander'
    import { inspectCommand } from ${JSON.stringify(new URL('./failures-inspect.ts', import.meta.url).href)}
    const program = new Command()
    inspectCommand(program.command('failures'))
    await program.parseAsync(['failures', 'inspect', '--jsonl'], { from: 'user' })
  `
  const child = spawn(process.execPath, ['-C', 'assay-source', '--input-type=module', '-e', main], {
    cwd: new URL('.', import.meta.url),
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end('{"message":"socket hang up"}\nbad\n')
  const [written, exitCode] = await Promise.all([
    text(child.stdout),
    new Promise((resolve) => {
      child.once('close', resolve)
    }),
  ])
  expect(written.trim().split('\n')).toHaveLength(2)
  expect(exitCode).toBe(2)
})
