#!/usr/bin/env node
// Plain JavaScript that any Node parses: it finds a Node of version 24 or newer and starts the command in it.
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
// A namespace, because a named import of registerHooks does not link where it is missing.
import * as nodeModule from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NEEDED_MAJOR = 24
/**
 * Suites and requests make much that is soon forgotten: with a small heap for what is young, memory stays near what they
 * need. `bench/` starts what it measures with the same.
 */
const HEAPS = {
  test: ['--max-semi-space-size=4'],
  serve: ['--max-semi-space-size=16'],
}
const HEAP = HEAPS[process.argv[2]] ?? []
const inClone = existsSync(new URL('../src/main.ts', import.meta.url)) && !import.meta.url.includes('/node_modules/')
const packages = new URL('../../', import.meta.url).href
const OWN = inClone ? { extension: '.ts', format: 'module-typescript' } : { extension: '.js', format: 'module' }

if (Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR) {
  if (HEAP.every((flag) => process.execArgv.includes(flag)) || !becomeAnother()) await startHere()
} else {
  startAgain()
}

/** Runs the sources in a clone, what was built from them in an installed package. */
async function startHere() {
  nodeModule.enableCompileCache?.()
  nodeModule.registerHooks({ resolve: resolveOurs })
  await import(new URL(inClone ? '../src/main.ts' : '../dist/main.js', import.meta.url).href)
}

/**
 * What our files import of each other stands where it says: finding that out with the disk, as Node does for any file,
 * takes longer than running it.
 */
function resolveOurs(name, context, next) {
  const { parentURL = '' } = context
  const isOurs = parentURL.startsWith(packages) && !parentURL.includes('/node_modules/', packages.length)
  if (isOurs && name.startsWith('.') && name.endsWith(OWN.extension)) {
    return { url: new URL(name, parentURL).href, format: OWN.format, shortCircuit: true }
  }
  if (!inClone || !name.startsWith('@assay/')) return next(name, context)
  return next(name, { ...context, conditions: ['assay-source', ...context.conditions] })
}

/** Puts a Node with the flags in the place of this one; false where a process cannot do that, which is on Windows. */
function becomeAnother() {
  if (process.platform === 'win32' || !process.execve) return false
  // What the first one warns of its own doing is not told: it is gone before that.
  process.execve(process.execPath, [process.execPath, ...process.execArgv, ...wordsOfThis()], process.env)
}

/** With `--` before it, because node would else take `--env-file` for itself, wherever it stands. */
function wordsOfThis() {
  return [...HEAP, '--', fileURLToPath(import.meta.url), ...process.argv.slice(2)]
}

/** Starts this file again under the packaged Node and ends the way that process ends. */
function startAgain() {
  const node = packagedNode()
  if (!node) {
    process.stderr.write(
      `error: assay needs Node ${NEEDED_MAJOR} or newer, and this is ${process.version}.\n` +
        `hint: Install Node ${NEEDED_MAJOR}, or on Linux run npm ci, which brings it as a package.\n`,
    )
    process.exit(2)
  }
  const child = spawn(node, wordsOfThis(), { stdio: 'inherit' })
  const forward = (signal) => child.kill(signal)
  // A terminal sends Ctrl-C to the whole group, so the child has it already; a second one would end it at once.
  process.on('SIGINT', () => process.stdin.isTTY || forward('SIGINT'))
  process.on('SIGTERM', forward)
  process.on('SIGHUP', forward)
  child.on('error', (error) => {
    process.stderr.write(`error: ${node} cannot be started: ${error.message}.\nhint: Run npm ci again.\n`)
    process.exit(2)
  })
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code ?? 1)
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name)
    process.kill(process.pid, signal)
  })
}

/** The nearest `node_modules/.bin/node` above this file that is not the Node running now. */
function packagedNode() {
  const self = realpathSync(process.execPath)
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules/.bin/node')
    if (existsSync(candidate) && realpathSync(candidate) !== self) return candidate
    if (folder === dirname(folder)) return undefined
  }
}
