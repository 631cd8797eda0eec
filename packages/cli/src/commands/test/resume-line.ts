import type { TestOptions } from './options.ts'

/** The command that goes on with a run: with every option that decides what is run, because only the same run is gone on with. */
export const resumeLine = (path: string, runId: string, options: TestOptions): string => {
  const words: string[] = ['assay', 'test', path]
  const add = (name: string, value: string | number | undefined) => {
    if (value !== undefined) words.push(name, String(value))
  }
  add('-m', options.models?.join(','))
  for (const plugin of options.plugins ?? []) add('-p', plugin)
  add('-f', options.framework === 'auto' ? undefined : options.framework)
  add('--filter', options.filter)
  for (const tag of options.tag ?? []) add('--tag', tag)
  add('--kind', options.kind?.join(','))
  add('--sample', options.sample)
  add('--seed', options.seed)
  add('--repeat', options.repeat)
  add('--pass-at', options.passAt)
  add('--judge', options.judge)
  add('--timeout-ms', options.timeoutMs)
  add('--dialect', options.dialect)
  if (options.ignoreUnsupported) words.push('--ignore-unsupported')
  add('--resume', runId)
  return words.map(quoted).join(' ')
}

const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
