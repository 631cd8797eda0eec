import { answerOf, checkAssertion, silentLog } from '@assay/core'
import { afterAll, expect, test } from 'vitest'
import { createSandboxPool } from './pool.ts'

const sandbox = createSandboxPool({ log: silentLog })
afterAll(() => sandbox.close())

const passes = async (type: string, output: string, value?: unknown): Promise<boolean> => {
  const spec = value === undefined ? { type } : { type, value }
  return (await checkAssertion(spec, answerOf(output), { sandbox, dialect: 'assay' })).pass
}

test.each([
  ['SELECT id, name FROM users', true],
  ['SELECT DISTINCT name FROM users', true],
  ["SELECT 'first name' FROM users", true],
  ['SELECT first name FROM users', false],
  ['SELECT `id FROM users', false],
  ['  ', false],
  ['Sure, here you go', false],
  ['SELECT generate_series(1, 3)', false],
])('is-sql on %j: %s', async (output, pass) => {
  expect(await passes('is-sql', output)).toBe(pass)
  expect(await passes('not-is-sql', output)).toBe(!pass)
})

test('a table or a column that is not allowed is named', async () => {
  const check = (value: object) =>
    checkAssertion({ type: 'is-sql', value }, answerOf('SELECT secret FROM users'), { sandbox, dialect: 'assay' })
  expect(await check({ allowedTables: ['select::null::users'] })).toMatchObject({ pass: true })
  expect(await check({ allowedTables: ['select::null::orders'] })).toMatchObject({
    pass: false,
    reason: expect.stringContaining('select::null::users') as string,
  })
  expect(await check({ allowedColumns: ['select::users::id'] })).toMatchObject({
    pass: false,
    reason: expect.stringContaining('secret') as string,
  })
  expect(await check({ allowedColumns: ['select::users::secret'] })).toMatchObject({ pass: true })
})

test('what is SQL depends on the database, and an unknown one is named with those there are', async () => {
  const upsert = 'INSERT INTO users (id) VALUES (1) ON CONFLICT DO NOTHING'
  expect(await passes('is-sql', upsert, { databaseType: 'PostgreSQL' })).toBe(true)
  expect(await passes('is-sql', upsert, { databaseType: 'MySQL' })).toBe(false)
  const unknown = { type: 'is-sql', value: { databaseType: 'Oracle' } }
  expect(await checkAssertion(unknown, answerOf(upsert), { sandbox, dialect: 'assay' })).toMatchObject({
    pass: false,
    reason: expect.stringContaining('PostgreSQL') as string,
  })
})

test('contains-sql looks into blocks of SQL and of no language, and at the whole text only without any', async () => {
  const fenced = (language: string, body: string) => `Here:\n\`\`\`${language}\n${body}\n\`\`\`\nthat is it`
  expect(await passes('contains-sql', fenced('sql', 'SELECT 1'))).toBe(true)
  expect(await passes('contains-sql', fenced('', 'SELECT 1'))).toBe(true)
  expect(await passes('contains-sql', fenced('sql', 'SELECT FROM'))).toBe(false)
  expect(await passes('contains-sql', fenced('python', 'SELECT 1'))).toBe(false)
  expect(await passes('contains-sql', 'SELECT 1')).toBe(true)
})
