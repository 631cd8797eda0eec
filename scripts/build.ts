import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Builds what is published: JavaScript and declarations of every package, and the pages. Nothing needs it while
 * developing, when the sources run directly.
 */
const root = join(import.meta.dirname, '..')
const packages = ['core', 'providers', 'runner', 'store', 'client', 'server', 'cli', 'testkit']

for (const name of packages) {
  const folder = join(root, 'packages', name)
  rmSync(join(folder, 'dist'), { recursive: true, force: true })
  const config = join(folder, 'tsconfig.build.json')
  writeFileSync(config, JSON.stringify(buildConfig(name), null, 2))
  try {
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], { stdio: 'inherit' })
  } finally {
    rmSync(config)
  }
  process.stderr.write(`built ${name}\n`)
}
execFileSync('npm', ['run', 'build', '-w', '@assay/dashboard'], { cwd: root, stdio: 'inherit' })

/** The package's own settings turned from checking into emitting. */
function buildConfig(name: string) {
  const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))
  return {
    extends: '../../tsconfig.base.json',
    compilerOptions: {
      noEmit: false,
      declaration: true,
      rewriteRelativeImportExtensions: true,
      customConditions: [],
      types: name === 'core' ? [] : ['node'],
      rootDir: manifest.name === '@assay/store' ? '.' : 'src',
      outDir: 'dist',
    },
    include: manifest.name === '@assay/store' ? ['src/**/*.ts', 'migrations/*.ts'] : ['src/**/*.ts'],
    exclude: ['src/**/*.test.ts', 'src/**/__fixtures__/**'],
  }
}
