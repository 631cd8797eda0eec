import { expect, test } from 'vitest'
import { readConfig } from './config.ts'
import { isAssayError } from './errors.ts'

const refusal = (environment: Record<string, string>) => {
  try {
    readConfig(environment)
  } catch (error) {
    if (isAssayError(error, 'config.invalid')) return error
    throw error
  }
  throw new Error('the configuration was accepted')
}

test('with nothing set, everything has its documented value', () => {
  expect(readConfig({})).toMatchObject({
    ASSAY_HOST: '127.0.0.1',
    ASSAY_PORT: 8378,
    ASSAY_DATA: './.assay',
    ASSAY_ROLES: ['gateway', 'worker', 'scheduler', 'web'],
    ASSAY_EGRESS_ALLOW: [],
    ASSAY_LEDGER: 'durable',
  })
})

test('an empty variable counts as not set', () => {
  expect(readConfig({ ASSAY_PORT: '', DATABASE_URL: '' })).toMatchObject({ ASSAY_PORT: 8378 })
})

test('every wrong variable is named with the value it had', () => {
  const { message, exitCode } = refusal({ ASSAY_PORT: 'eighty', ASSAY_ROLES: 'gateway,barista' })
  expect(message).toContain('ASSAY_PORT')
  expect(message).toContain('"eighty"')
  expect(message).toContain('ASSAY_ROLES')
  expect(message).toContain('"gateway,barista"')
  expect(exitCode).toBe(2)
})

test('a refused key is named without its value', () => {
  const { message } = refusal({ ASSAY_ADMIN_KEY: 'tooshort' })
  expect(message).toContain('ASSAY_ADMIN_KEY: must have 16 characters or more')
  expect(message).not.toContain('tooshort')
})

test('a printed configuration hides every secret', () => {
  const config = readConfig({ ASSAY_ADMIN_KEY: 'canary-canary-canary', DATABASE_URL: 'postgres://me:canary@db/assay' })
  expect(JSON.stringify(config)).not.toContain('canary')
})
