import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { maskSecret, Secret } from './secret.ts'

test('a secret shows itself to nobody who does not open it', () => {
  const secret = new Secret('sk-canary-1234567890')
  const error = new Error(`failed with ${String(secret)}`, { cause: secret })
  const shown = [String(secret), JSON.stringify({ secret }), inspect({ nested: { secret } }), inspect(error)].join()
  expect(shown).not.toContain('canary')
  expect(shown).toContain('[redacted]')
  expect(secret.open()).toBe('sk-canary-1234567890')
})

test('a mask keeps three and four characters of a long secret and none of a short one', () => {
  expect(maskSecret('sk-canary-1234567890')).toBe('sk-…7890')
  expect(maskSecret('short-one')).toBe('****')
})
