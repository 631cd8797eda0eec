import { join } from 'node:path'
import { temporaryDirectory } from '@assay/testkit'
import { expect, test } from 'vitest'
import { runCommand } from '../__fixtures__/run-command.ts'

type Row = Record<string, unknown>

test('the schema goes down to nothing and up again, and each step is in its history', async () => {
  await using directory = await temporaryDirectory()
  const environment = { ASSAY_DATA: join(directory.path, 'data') }
  const rows = async (...words: string[]): Promise<Row[]> => {
    const { exitCode, stdout, stderr } = await runCommand(['db', ...words, '--json'], { environment })
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Row)
  }
  const names = (found: Row[]) => found.map(({ name }) => name)

  const all = await rows('status')
  expect(all.length).toBeGreaterThan(0)
  expect(all.every(({ appliedAt }) => appliedAt !== null)).toBe(true)
  expect(await rows('migrate')).toEqual([])

  expect(names(await rows('rollback', '--to', '0'))).toEqual(names(all).toReversed())
  expect((await rows('status')).every(({ appliedAt }) => appliedAt === null)).toBe(true)
  const behind = await runCommand(['db', 'check'], { environment })
  expect(behind).toMatchObject({ exitCode: 1, stdout: expect.stringContaining('pending') })

  expect(names(await rows('migrate'))).toEqual(names(all))
  expect(await rows('check')).toMatchObject([{ event: 'check', ok: true }])
  expect((await rows('history')).length).toBe(3 * all.length)
})

test('taking back what holds rows is refused until the loss is accepted', async () => {
  await using directory = await temporaryDirectory()
  const environment = { ASSAY_DATA: join(directory.path, 'data') }
  await runCommand(['gateway-keys', 'create', 'shop'], { environment })
  const refused = await runCommand(['db', 'rollback', '--to', '0'], { environment })
  expect(refused.exitCode).toBe(2)
  expect(refused.stderr).toContain('gateway_keys (1 row)')
  expect(refused.stderr).toContain('--accept-loss')
  expect(await runCommand(['db', 'rollback', '--to', '0', '--accept-loss'], { environment })).toMatchObject({
    exitCode: 0,
  })
})
