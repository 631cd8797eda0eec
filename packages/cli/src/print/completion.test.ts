import { execFileSync, spawnSync } from 'node:child_process'
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { completionScript } from './completion.ts'

const program = new Command('assay')
const keys = program.command('keys').description("A person's keys")
keys.command('list').description('List them').option('--limit <count>', 'How many')
program.command('serve').description('Start')

const complete = (...words: string[]): string[] => {
  const script = [
    completionScript('bash', program),
    `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _assay; printf '%s\\n' "\${COMPREPLY[@]}"`,
  ].join('\n')
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n').filter(Boolean)
}

test('bash completes commands, subcommands and flags', () => {
  expect(complete('assay', 's')).toEqual(['serve'])
  expect(complete('assay', 'keys', '')).toEqual(['list', '--help'])
  expect(complete('assay', 'keys', 'list', '--l')).toEqual(['--limit'])
  expect(complete('assay', 'keys', 'list', 'something', '--l')).toEqual(['--limit'])
})

test.each(['zsh', 'fish'] as const)('the script for %s names every command, with its quotes escaped', (shell) => {
  const script = completionScript(shell, program)
  for (const word of ['keys', 'list', 'serve', 'limit']) expect(script).toContain(word)
  expect(script).toContain(`A person'\\''s keys`)
})

test.each(['bash', 'zsh', 'fish'] as const)('the script for %s parses, where that shell is there to ask', (shell) => {
  const parsed = spawnSync(shell, ['-n'], { input: completionScript(shell, program), encoding: 'utf8' })
  if (parsed.error) return
  expect(parsed).toMatchObject({ status: 0, stderr: '' })
})
