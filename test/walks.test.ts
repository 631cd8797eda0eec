import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { walks } from './walks.ts'

/** The files that a file imports; a package stands for what its index exports. */
const importsOf = (file: string): string[] => {
  const imports = known.get(file) ?? readImports(file)
  known.set(file, imports)
  return imports
}

const known = new Map<string, string[]>()

const readImports = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*'([^']+)'/g)].flatMap(([, name = '']) => {
    if (name.startsWith('.')) return [join(dirname(file), name)]
    const index = `packages/${name.replace('@assay/', '')}/src/index.ts`
    return name.startsWith('@assay/') ? [index, ...importsOf(index)] : []
  })

/** Everything a file needs, itself included. */
const closureOf = (file: string, seen = new Set<string>()): Set<string> => {
  if (seen.has(file) || !existsSync(file)) return seen
  seen.add(file)
  for (const next of importsOf(file)) closureOf(next, seen)
  return seen
}

/** Where the parts are put together: here the steps of a walk that start each other through a queue or spool meet. */
const composition = 'packages/server/src/compose.ts'

test.each(walks)('walk $number, $title: seven files at most, each reached by imports', ({ files }) => {
  expect(files.length).toBeLessThanOrEqual(7)
  const reached = closureOf(files[0]!)
  for (const file of closureOf(composition)) reached.add(file)
  expect(files.filter((file) => !reached.has(file))).toEqual([])
})

test('ARCHITECTURE.md shows the walks as they are', () => {
  const text = readFileSync('ARCHITECTURE.md', 'utf8')
  for (const { title, files } of walks) {
    const places = [title, ...files].map((part) => text.indexOf(part.replace('packages/', '').replace('/src/', '/')))
    expect(places.every((place) => place >= 0)).toBe(true)
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  }
})
