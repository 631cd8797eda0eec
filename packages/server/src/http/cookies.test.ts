import { expect, test } from 'vitest'
import { createCookies } from './cookies.ts'

test('over TLS the cookie is tied to its host; without, the prefix would make browsers drop it', () => {
  expect(createCookies({ secure: true }).set('token')).toBe(
    '__Host-assay=token; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=2592000',
  )
  expect(createCookies({ secure: false }).set('token')).toBe(
    'assay=token; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000',
  )
})

test('only the cookie of the right name is read', () => {
  const { read } = createCookies({ secure: true })
  expect(read('a=1; __Host-assay=token; b=2')).toBe('token')
  expect(read('assay=token')).toBeNull()
  expect(read(undefined)).toBeNull()
})
