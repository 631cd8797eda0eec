import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'

/** `npm run bench -- gateway --json`: one script of this folder by its name, with its own options. */
const [name, ...options] = process.argv.slice(2)
const names = globSync('*.ts', { cwd: import.meta.dirname })
  .map((file) => basename(file, '.ts'))
  .filter((file) => file !== 'run')
  .toSorted()

if (name === undefined || !names.includes(name)) {
  process.stderr.write(`Which one? npm run bench -- ${names.join('|')}\n`)
  process.exit(2)
}
const { status } = spawnSync(
  process.execPath,
  ['-C', 'assay-source', join(import.meta.dirname, `${name}.ts`), ...options],
  {
    stdio: 'inherit',
  },
)
process.exit(status ?? 1)
