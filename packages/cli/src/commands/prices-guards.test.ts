import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { shippedTable } from '@assay/core'
import { startAssay, temporaryDirectory } from '@assay/testkit'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCommand } from '../__fixtures__/run-command.ts'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let server: Awaited<ReturnType<typeof startAssay>>
const assay = (...words: string[]) => runCommand(words, { environment: { ASSAY_DATA: join(directory.path, 'data') } })

beforeAll(async () => {
  directory = await temporaryDirectory()
  server = await startAssay({ dataDir: join(directory.path, 'data') })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await directory[Symbol.asyncDispose]()
})

test('prices are listed, set, shown and taken back', async () => {
  expect((await assay('router', 'prices', 'list', 'opus-5')).stdout).toMatch(
    /anthropic\/claude-opus-5 .*premium +5 +0\.5 +6\.25 +25/,
  )
  const unknown = await assay('router', 'prices', 'set', 'compatible/our-llama', '--input', '0.2')
  expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringContaining('--output')])
  const set = await assay('router', 'prices', 'set', 'compatible/our-llama', '--input', '0.2', '--output', '.4')
  expect(set.stdout).toContain('$0.2 in and $0.4 out')
  expect((await assay('router', 'prices', 'show', 'compatible/our-llama')).stdout).toContain('override')
  expect((await assay('router', 'prices', 'unset', 'compatible/our-llama')).stdout).toContain('has no price now')
  expect((await assay('router', 'prices', 'show', 'compatible/our-llama')).exitCode).toBe(2)
})

test('a table is shown, loaded and given back; a bad one harms nothing', async () => {
  const file = join(directory.path, 'prices.json')
  const prices = shippedTable.prices.map((row) => (row.model === 'slow' ? { ...row, input: row.input * 3 } : row))
  await writeFile(file, JSON.stringify({ ...shippedTable, version: 'tripled', prices }))
  const dry = await assay('router', 'prices', 'refresh', '--from', file)
  expect(dry.stdout).toMatch(/sim\/slow +input +0\.1 +0\.3/)
  expect(dry.stdout).toContain('Would load tripled')
  expect((await assay('router', 'prices', 'refresh', '--from', file, '--yes')).stdout).toContain('Loaded tripled')
  await writeFile(file, JSON.stringify({ prices: [{ provider: 'openai' }] }))
  expect((await assay('router', 'prices', 'refresh', '--from', file, '--yes')).exitCode).toBe(2)
  expect((await assay('router', 'prices', 'list', 'sim/slow', '--json')).stdout).toContain('"input":300000000')
  expect((await assay('router', 'prices', 'revert', '--yes')).stdout).toContain(shippedTable.version)
})

test('a bill that differs ends with 1 and names the day and the model; one that agrees with 0', async () => {
  const file = join(directory.path, 'costs.csv')
  await writeFile(file, 'date,line_item,amount\n2026-01-05,"gpt-4o-2024-08-06, input",1.25\n')
  const differs = await assay('report', 'reconcile', '--bill', file, '--provider', 'openai')
  expect([differs.exitCode, differs.stdout]).toEqual([
    1,
    expect.stringMatching(/2026-01-05 +gpt-4o +\$1\.2500 +— +-100\.0 %/),
  ])
  await writeFile(file, 'date,line_item,amount\n2026-01-05,gpt-4o,0\n')
  expect((await assay('report', 'reconcile', '--bill', file, '--provider', 'openai')).exitCode).toBe(0)
})

test('a guard is added, tried, listed and removed', async () => {
  const added = await assay(
    'guards',
    'add',
    'orders',
    '--when',
    'in',
    '--kind',
    'regex',
    '--action',
    'mask',
    '--pattern',
    'ORD-[0-9]+',
  )
  expect(added.stdout).toContain('Added orders')
  expect((await assay('guards', 'try', 'where is ORD-12?')).stdout.trim()).toBe('where is [masked]?')
  expect((await assay('guards', 'list')).stdout).toMatch(/orders +in +regex +mask +ORD-\[0-9\]\+ +all keys +on/)
  const bad = await assay(
    'guards',
    'add',
    'bad',
    '--when',
    'in',
    '--kind',
    'regex',
    '--action',
    'flag',
    '--pattern',
    '(?=x)',
  )
  expect([bad.exitCode, bad.stderr]).toEqual([2, expect.stringContaining('options.pattern')])
  expect((await assay('guards', 'remove', 'orders')).stdout).toContain('Removed orders')
})

test('an alias is set, listed and taken back; a provider that is not there is named', async () => {
  const set = await assay('router', 'aliases', 'set', 'fast', 'sim/echo', 'sim/fast')
  expect([set.exitCode, set.stdout]).toEqual([0, expect.stringContaining('fast → sim/echo, then sim/fast')])
  expect(JSON.parse((await assay('router', 'aliases', 'list', '--json')).stdout)).toMatchObject({
    aliases: [{ name: 'fast', models: ['sim/echo', 'sim/fast'] }],
  })
  const wrong = await assay('router', 'aliases', 'set', 'slow', 'opneai/gpt-4o')
  expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('no provider opneai')])
  expect((await assay('router', 'aliases', 'order', 'openai', 'sim')).stdout).toContain('openai > sim')
  expect((await assay('router', 'aliases', 'remove', 'fast')).stdout).toContain('No alias is set.')
})
