import { expect, test } from 'vitest'
import { resolveId, shortIds } from './ids.ts'

const items = [
  { id: '0199c3f2-77aa-7c41-9d55-0a3f0e6d1b2c', name: 'shop' },
  { id: '0199c3f2-77ab-7c41-9d55-0a3f0e6d1b2c', name: 'mail' },
]
const list = async () => ({ items })

test('a whole id is taken as it is, without a look at the list', async () => {
  const id = '0199c3f2-0000-7c41-9d55-0a3f0e6d1b2c'
  expect(await resolveId('key', id, () => Promise.reject(new Error('not asked')))).toBe(id)
})

test('a name or an unambiguous beginning stands for the id', async () => {
  expect(await resolveId('key', 'mail', list)).toBe(items[1]!.id)
  expect(await resolveId('key', '0199C3F2-77ab', list)).toBe(items[1]!.id)
})

test('an ambiguous beginning names what it could be, an unknown one says so', async () => {
  await expect(resolveId('key', '0199c3f2', list)).rejects.toMatchObject({ code: 'usage.invalid' })
  await expect(resolveId('key', '0199c3f2', list)).rejects.toThrow(items[0]!.id)
  await expect(resolveId('key', 'ffff', list)).rejects.toMatchObject({ code: 'resource.not_found', exitCode: 2 })
})

test('short ids are as short as the list allows', () => {
  const short = shortIds(items.map(({ id }) => id))
  expect(items.map(({ id }) => short(id))).toEqual(['0199c3f2-77aa', '0199c3f2-77ab'])
  expect(shortIds([items[0]!.id])(items[0]!.id)).toBe('0199c3f2')
})
