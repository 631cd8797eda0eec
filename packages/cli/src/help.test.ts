import { Writable } from 'node:stream'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { createProgram } from './program.ts'
import type { Terminal } from './terminal/terminal.ts'

const written: string[] = []
const sink = (): Terminal['stdout'] =>
  new Writable({ write: (chunk, _encoding, done) => (written.push(String(chunk)), done()) })

const terminal: Terminal = {
  stdin: process.stdin,
  stdout: sink(),
  stderr: sink(),
  environment: {},
  now: () => 0,
}

const program = createProgram(terminal)

const allCommands = (command: Command, path: string[] = []): { path: string[]; command: Command }[] => [
  { path, command },
  ...command.commands.flatMap((child) => allCommands(child, [...path, child.name()])),
]

const helpOf = (command: Command): string => {
  written.length = 0
  command.outputHelp()
  return written.join('')
}

const leaves = allCommands(program).filter(
  ({ command }) => command.commands.length === 0 || command.registeredArguments.length > 0,
)
const named = (rows: { path: string[]; command: Command }[]) =>
  rows.map(({ path, command }) => ({ name: path.join(' ') || 'assay', path, command }))

test.each(named(allCommands(program)))(
  'the help of $name changes only where a review sees it',
  async ({ path, command }) => {
    await expect(helpOf(command)).toMatchFileSnapshot(`./__fixtures__/help/${['assay', ...path].join('-')}.txt`)
  },
)

test.each(named(leaves))('the help of $name ends with an example that its own parser takes', ({ path, command }) => {
  const [, example = ''] = /\nExamples?:\n {2}\$ (.+)/.exec(helpOf(command)) ?? []
  const words = wordsOf(example)
  const start = words.indexOf('assay')
  expect(words.slice(start + 1, start + 1 + path.length)).toEqual(path)
  const flags = words.slice(start).filter((word) => word.startsWith('--'))
  const known = new Set([...command.options.flatMap(({ long, short }) => [long, short]), '--help'])
  expect(flags.filter((flag) => !known.has(flag.split('=')[0]))).toEqual([])
})

test.each(named(leaves))('$name can be asked for JSON, for quiet and for causes', ({ command }) => {
  expect(command.options.map(({ long }) => long)).toEqual(expect.arrayContaining(['--json', '--quiet', '--verbose']))
})

/** Splits a command line the way a shell would, as far as examples need it; what follows a pipe or `>` is left out. */
const wordsOf = (line: string): string[] =>
  [...line.replace(/ [>|] .*$/, (rest) => (rest.includes('assay ') ? rest : '')).matchAll(/'[^']*'|\S+/g)].map(
    ([word]) => word.replaceAll("'", ''),
  )
