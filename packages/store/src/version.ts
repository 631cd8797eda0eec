import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The version of this package, which all packages share. */
export const version = (
  JSON.parse(readFileSync(fileURLToPath(new URL(manifestPath(), import.meta.url)), 'utf8')) as { version: string }
).version

/** The manifest stands one folder above the sources, and two above what is built of them. */
function manifestPath(): string {
  return import.meta.url.endsWith('.ts') ? '../package.json' : '../../package.json'
}
