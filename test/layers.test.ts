import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** The drawing of ARCHITECTURE.md: what each package may import, everything further along an arrow included. */
const arrows: Record<string, string[]> = {
  core: [],
  providers: ['core'],
  runner: ['core', 'providers'],
  store: ['core'],
  client: ['core'],
  server: ['core', 'providers', 'runner', 'store'],
  cli: ['client', 'core', 'providers', 'runner', 'server', 'store'],
  dashboard: ['client', 'core'],
  testkit: ['client', 'core', 'providers', 'runner', 'server', 'store'],
}

const packages = readdirSync('packages')
const manifestOf = (name: string) => JSON.parse(readFileSync(`packages/${name}/package.json`, 'utf8'))
const ours = (dependencies: Record<string, string> = {}) =>
  Object.keys(dependencies)
    .filter((name) => name.startsWith('@assay/'))
    .map((name) => name.slice('@assay/'.length))

test('every package stands in the drawing, and nothing else does', () => {
  expect(packages.toSorted()).toEqual(Object.keys(arrows).toSorted())
})

test.each(packages)('%s depends only on what the drawing allows', (name) => {
  const allowed = arrows[name] ?? []
  expect(ours(manifestOf(name).dependencies).filter((other) => !allowed.includes(other))).toEqual([])
})

test('only tests reach for the testkit', () => {
  const users = packages.filter((name) => ours(manifestOf(name).dependencies).includes('testkit'))
  expect(users).toEqual([])
})

test('one version of each library stands in all packages', () => {
  const versions = new Map<string, Set<string>>()
  for (const manifest of [...packages.map(manifestOf), JSON.parse(readFileSync('package.json', 'utf8'))]) {
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      versions.set(name, (versions.get(name) ?? new Set()).add(String(version)))
    }
  }
  expect([...versions].filter(([, found]) => found.size > 1)).toEqual([])
})
