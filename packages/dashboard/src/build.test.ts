import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'

const dist = join(import.meta.dirname, '../dist')

type Chunk = { file: string; name?: string; isEntry?: boolean; imports?: string[]; css?: string[] }
let manifest: Record<string, Chunk> = {}

beforeAll(() => {
  const path = join(dist, '.vite/manifest.json')
  if (!existsSync(path)) throw new Error('The pages are not built: run `npm run build -w @assay/dashboard`.')
  manifest = JSON.parse(readFileSync(path, 'utf8')) as typeof manifest
})

/** What may travel, in kilobytes of 1,000 bytes, gzip -9. */
const budgets = { firstScripts: 220, firstStyles: 40, chart: 190, other: 60 }

const sizeOf = (file: string): number => gzipSync(readFileSync(join(dist, file)), { level: 9 }).byteLength / 1_000
const sum = (files: Iterable<string>): number => [...files].reduce((total, file) => total + sizeOf(file), 0)

/** Everything that the browser loads before the first screen can draw itself. */
const firstLoad = () => {
  const [scripts, styles] = [new Set<string>(), new Set<string>()]
  const visit = (key: string) => {
    const chunk = manifest[key]
    if (!chunk || scripts.has(chunk.file)) return
    scripts.add(chunk.file)
    for (const file of chunk.css ?? []) styles.add(file)
    for (const imported of chunk.imports ?? []) visit(imported)
  }
  for (const [key, { isEntry }] of Object.entries(manifest)) if (isEntry) visit(key)
  return { scripts, styles }
}

test('the first load stays within its budget', () => {
  const { scripts, styles } = firstLoad()
  const sizes = { scripts: sum(scripts), styles: sum(styles) }
  process.stderr.write(
    `first load: ${sizes.scripts.toFixed(1)} kB of scripts, ${sizes.styles.toFixed(1)} kB of styles\n`,
  )
  expect(sizes.scripts).toBeLessThanOrEqual(budgets.firstScripts)
  expect(sizes.styles).toBeLessThanOrEqual(budgets.firstStyles)
})

test('every other chunk stays within its budget, and the charts are in one of their own', () => {
  const { scripts } = firstLoad()
  const chunks = Object.values(manifest).filter(({ file }) => file.endsWith('.js') && !scripts.has(file))
  const sizes = chunks.map(({ file, name }) => ({ name: name ?? file, kilobytes: sizeOf(file) }))
  for (const { name, kilobytes } of sizes) process.stderr.write(`${name}: ${kilobytes.toFixed(1)} kB\n`)
  const over = sizes.filter(({ name, kilobytes }) => kilobytes > (name === 'chart' ? budgets.chart : budgets.other))
  expect(over).toEqual([])
  expect(sizes.map(({ name }) => name)).toContain('chart')
})

test('every script and style of some size lies there compressed twice', () => {
  const files = Object.values(manifest).flatMap(({ file, css = [] }) => css.concat(file))
  const missing = files
    .filter((file) => /\.(js|css)$/.test(file) && readFileSync(join(dist, file)).byteLength >= 1_024)
    .filter((file) => !existsSync(join(dist, `${file}.br`)) || !existsSync(join(dist, `${file}.gz`)))
  expect(missing).toEqual([])
})

test('the shell holds no script of its own, and decides on the colours before anything is drawn', () => {
  const shell = readFileSync(join(dist, 'index.html'), 'utf8')
  const scripts = [...shell.matchAll(/<script\b([^>]*)>([^<]*)/g)].map(([, attributes = '', text = '']) => ({
    attributes,
    text,
  }))
  expect(scripts.every(({ attributes, text }) => attributes.includes('src="/assets/') && text.trim() === '')).toBe(true)
  expect(scripts[0]?.attributes).toMatch(/scheme-/)
  expect(scripts[0]?.attributes).not.toContain('module')
  expect(shell).not.toMatch(/<style|style=|https?:\/\//)
  expect(shell).toContain('__CSP_NONCE__')
})
