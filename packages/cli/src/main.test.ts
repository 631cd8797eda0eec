import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runAssay, temporaryDirectory } from '@assay/testkit'
import { expect, test } from 'vitest'

const launcher = join(import.meta.dirname, '../bin/assay.js')
const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')) as {
  version: string
}
const STACK = /^\s+at .+:\d+:\d+/m

test('--version prints the version and nothing else', async () => {
  expect(await runAssay(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' })
  expect(await runAssay(['-V'])).toMatchObject({ exitCode: 0, stdout: `${version}\n` })
})

test('without a command it shows what there is', async () => {
  const { exitCode, stdout } = await runAssay([])
  expect(exitCode).toBe(0)
  expect(stdout).toContain('gateway-keys')
})

test.each([
  [['sevre'], /Unknown command 'sevre'/, /serve/],
  [['keys', 'lst'], /Unknown command 'lst'/, /list/],
  [['keys', 'list', '--jsno'], /Unknown option '--jsno'/, /--json/],
  [['requests', 'show'], /Missing required argument 'id'/, /assay requests show --help/],
  [['requests', 'list', 'more'], /Too many arguments/, /assay requests list --help/],
  [['tests', 'run'], /Say which tests to run/, /assay tests run --all/],
  [['requests', 'list', '--limit', 'many'], /'many' is invalid. It is a whole number/, /assay requests list --help/],
  [['completion', 'tcsh'], /no completion for tcsh/, /assay completion bash/],
])('assay %j is refused with 2, in a sentence, with the way out', async (words, message, hint) => {
  await using directory = await temporaryDirectory()
  const { exitCode, stdout, stderr } = await runAssay(words, {
    environment: { ASSAY_DATA: join(directory.path, 'data') },
  })
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toMatch(message)
  expect(stderr).toMatch(hint)
  expect(stderr).not.toMatch(STACK)
})

test('a group without a subcommand shows its help on stderr and ends with 2', async () => {
  const { exitCode, stdout, stderr } = await runAssay(['keys'])
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
  expect(stderr).toContain('Usage: assay keys')
})

test('a wrong configuration names each variable with its value, never a secret', async () => {
  const { exitCode, stderr } = await runAssay(['requests', 'list'], {
    environment: { ASSAY_PORT: 'eighty', ASSAY_ADMIN_KEY: 'tooshort', ASSAY_URL: 'nowhere' },
  })
  expect(exitCode).toBe(2)
  expect(stderr).toContain('ASSAY_PORT')
  expect(stderr).toContain('"eighty"')
  expect(stderr).toContain('ASSAY_ADMIN_KEY')
  expect(stderr).not.toContain('tooshort')
  expect(stderr).not.toMatch(STACK)
})

test('a server that is not there ends with 5 and says where it was looked for', async () => {
  const { exitCode, stderr } = await runAssay(['requests', 'list'], {
    environment: { ASSAY_URL: 'http://127.0.0.1:1', ASSAY_API_KEY: 'as_live_something' },
  })
  expect(exitCode).toBe(5)
  expect(stderr).toContain('http://127.0.0.1:1')
  expect(stderr).toContain('assay serve')
  expect(stderr).not.toMatch(STACK)
})

test('with --json an error is JSON on stderr and stdout stays empty', async () => {
  const { exitCode, stdout, stderr } = await runAssay(['requests', 'list', '--json'], {
    environment: { ASSAY_URL: 'http://127.0.0.1:1' },
  })
  expect({ exitCode, stdout }).toEqual({ exitCode: 5, stdout: '' })
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'client.unreachable', hint: expect.any(String) } })
})

test.each([
  ['--verbose', ['--verbose'], {}],
  ['ASSAY_DEBUG', [], { ASSAY_DEBUG: '1' }],
])('%s shows the cause', async (_, words, environment) => {
  const { stderr } = await runAssay(['requests', 'list', ...words], {
    environment: { ASSAY_URL: 'http://127.0.0.1:1', ...environment },
  })
  expect(stderr).toMatch(STACK)
  expect(stderr).toContain('cause')
})

test('a key to store is never asked for where nobody can answer', async () => {
  await using directory = await temporaryDirectory()
  const { exitCode, stderr } = await runAssay(['keys', 'add', 'compatible', '--url', 'http://127.0.0.1:9/v1'], {
    environment: { ASSAY_DATA: join(directory.path, 'data') },
    input: '',
  })
  expect(exitCode).toBe(2)
  expect(stderr).toContain('--secret')
})

test('colour follows NO_COLOR and FORCE_COLOR, and a pipe gets none', async () => {
  const colour = '\u001b['
  const outputWith = async (environment: Record<string, string>) =>
    (await runAssay(['doctor', '--routes'], { environment })).stdout.includes(colour)
  expect(await outputWith({ NO_COLOR: '' })).toBe(false)
  expect(await outputWith({ NO_COLOR: '', FORCE_COLOR: '1' })).toBe(true)
  expect(await outputWith({ NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false)
})

test('config prints what is set, with the secrets masked', async () => {
  const environment = { ASSAY_PORT: '9001', ASSAY_ADMIN_KEY: 'a-key-that-nobody-may-read' }
  const { stdout } = await runAssay(['config', '--json'], { environment })
  expect(JSON.parse(stdout)).toMatchObject({ ASSAY_PORT: 9001, ASSAY_HOST: '127.0.0.1', ASSAY_ADMIN_KEY: 'a-k…read' })
  expect((await runAssay(['config'], { environment })).stdout).not.toContain('nobody-may-read')
})

test('a reader that has seen enough ends the command quietly', () => {
  const { stdout, stderr } = spawnSync(
    'sh',
    ['-c', `"$0" "$1" doctor --routes | head -n 1`, process.execPath, launcher],
    {
      encoding: 'utf8',
    },
  )
  expect(stdout.split('\n')).toHaveLength(2)
  expect(stderr).toBe('')
})

test('a suite that failed ends with 100 although nobody reads its report any more', async () => {
  await using directory = await temporaryDirectory()
  const suite = join(directory.path, 'assay.yaml')
  writeFileSync(
    suite,
    JSON.stringify({
      prompts: ['hi'],
      providers: ['sim/echo'],
      tests: [{ assert: [{ type: 'equals', value: 'ho' }] }],
    }),
  )
  for (const reader of [
    '--json; echo $? > "$3"; } | true',
    '--json; echo $? > "$3"; } | head -c 1',
    '2>&1; echo $? > "$3"; } | head -c 1',
  ]) {
    const verdict = join(directory.path, 'verdict')
    const script = `{ "$0" "$1" test "$2" ${reader}`
    spawnSync('sh', ['-c', script, process.execPath, launcher, suite, verdict], { encoding: 'utf8' })
    expect(readFileSync(verdict, 'utf8')).toBe('100\n')
  }
})

test('a command that begins new data says so, and the next one does not', async () => {
  await using directory = await temporaryDirectory()
  const environment = { ASSAY_DATA: join(directory.path, 'data') }
  expect((await runAssay(['requests', 'list'], { environment })).stderr).toContain(environment.ASSAY_DATA)
  expect((await runAssay(['requests', 'list'], { environment })).stderr).not.toContain(environment.ASSAY_DATA)
})

const oldNode = findOldNode()

test.skipIf(!oldNode)(
  'under an older Node it restarts with the packaged one (skipped where there is no older Node)',
  () => {
    const restarted = spawnSync(oldNode!, [launcher, '--version'], { encoding: 'utf8' })
    expect(restarted).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' })
    const refused = spawnSync(oldNode!, [launcher, 'sevre'], { encoding: 'utf8' })
    expect(refused).toMatchObject({ status: 2, stdout: '' })
  },
)

test.skipIf(!oldNode)(
  'without the packaged Node it says what to do (skipped where there is no older Node)',
  async () => {
    await using directory = await temporaryDirectory()
    const alone = join(directory.path, 'assay.mjs')
    cpSync(launcher, alone)
    const { status, stderr } = spawnSync(oldNode!, [alone, '--version'], { encoding: 'utf8' })
    expect(status).toBe(2)
    expect(stderr).toMatch(/needs Node 24/)
    expect(stderr).toMatch(/hint:/)
  },
)

/** A Node below 24 on the path, past the packaged one that npm scripts put first. */
function findOldNode(): string | undefined {
  const found = (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, 'node'))
  return found.find((path) => {
    const { stdout } = spawnSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' })
    return Number(stdout?.split('.')[0]) < 24 && Number(stdout?.split('.')[0]) >= 18
  })
}
