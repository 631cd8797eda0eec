import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Builds the pages when their sources changed since the last build. Everything else runs from source, so this is the
 * one build a clone needs before a server has pages to show.
 */
const root = join(import.meta.dirname, '..')
const stamp = join(root, 'packages/dashboard/dist/.sources')

const sources = globSync('packages/{dashboard,client,core}/**/*.{ts,tsx,css,html,js,json,svg}', {
  cwd: root,
  exclude: (path) => /(^|\/)(dist|node_modules)(\/|$)/.test(path),
}).toSorted()
const hash = createHash('sha256')
for (const path of sources) hash.update(path).update(readFileSync(join(root, path)))
const wanted = hash.digest('hex')

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  process.stderr.write('Building the pages …\n')
  try {
    execFileSync('npm', ['run', '-s', 'build', '-w', '@assay/dashboard'], { cwd: root, stdio: 'pipe' })
  } catch (error) {
    const { stdout, stderr } = error as { stdout: Buffer; stderr: Buffer }
    process.stderr.write(`${stdout.toString()}${stderr.toString()}`)
    process.exit(1)
  }
  writeFileSync(stamp, wanted)
}
