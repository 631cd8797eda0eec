import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

type LockedPackage = {
  link?: boolean
  integrity?: string
  hasInstallScript?: boolean
  optionalDependencies?: Record<string, string>
}
const locked: Record<string, LockedPackage> = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages

test('npm ci accepts the lockfile: every optional dependency of a locked package is in it', () => {
  const names = new Set(Object.keys(locked).map((path) => path.replace(/^.*node_modules\//, '')))
  const missing = Object.entries(locked).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !names.has(name))
      .map((name) => `${name} of ${path}`),
  )
  expect(missing).toEqual([])
})

test('every package that is downloaded has its integrity in the lockfile', () => {
  const bare = Object.entries(locked).filter(
    ([path, { link, integrity }]) => path.includes('node_modules/') && !link && !integrity,
  )
  expect(bare.map(([path]) => path)).toEqual([])
})
