import type { Command } from 'commander'

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** What may follow one command: its subcommands and its flags, each with its description. */
type Place = { path: string[]; words: { word: string; about: string }[] }

/** A script that completes commands and flags, made from the very definitions that parse them. */
export const completionScript = (shell: Shell, program: Command): string => writers[shell](placesOf(program, []))

const placesOf = (command: Command, path: string[]): Place[] => [
  {
    path,
    words: [
      ...command.commands.map((child) => ({ word: child.name(), about: child.description() })),
      ...command.options.flatMap(({ long, description }) => (long ? [{ word: long, about: description }] : [])),
      { word: '--help', about: 'Show the help.' },
    ],
  },
  ...command.commands.flatMap((child) => placesOf(child, [...path, child.name()])),
]

const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
const keyOf = ({ path }: Place): string => path.join(' ')

const bash = (places: Place[]): string =>
  [
    '_assay() {',
    '  local current="${COMP_WORDS[COMP_CWORD]}" place="" word',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do [[ "$word" == -* ]] || place="${place:+$place }$word"; done',
    '  while :; do',
    '    case "$place" in',
    ...places.map(
      (place) =>
        `      ${quote(keyOf(place))}) COMPREPLY=($(compgen -W ${quote(place.words.map(({ word }) => word).join(' '))} -- "$current")); return;;`,
    ),
    '    esac',
    '    [[ "$place" == *" "* ]] && place="${place% *}" || place=""',
    '  done',
    '}',
    'complete -o default -F _assay assay',
  ].join('\n')

const zsh = (places: Place[]): string =>
  [
    '#compdef assay',
    '_assay() {',
    '  local place="" word; local -a rows',
    '  for word in "${words[@]:1:CURRENT-2}"; do [[ "$word" == -* ]] || place="${place:+$place }$word"; done',
    '  while :; do',
    '    case "$place" in',
    ...places.map(
      (place) =>
        `      ${quote(keyOf(place))}) rows=(${place.words.map(({ word, about }) => quote(`${word}:${about}`)).join(' ')}); _describe assay rows; return;;`,
    ),
    '    esac',
    '    [[ "$place" == *" "* ]] && place="${place% *}" || place=""',
    '  done',
    '}',
    'compdef _assay assay',
  ].join('\n')

const fish = (places: Place[]): string =>
  places
    .flatMap((place) => {
      const children = place.words.filter(({ word }) => !word.startsWith('-')).map(({ word }) => word)
      const within = place.path.map((name) => `__fish_seen_subcommand_from ${name}`)
      const before = children.length > 0 ? [`not __fish_seen_subcommand_from ${children.join(' ')}`] : []
      const condition = [...within, ...before].join('; and ') || 'true'
      return place.words.map(({ word, about }) => {
        const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`
        return `complete -c assay -n ${quote(condition)} ${what} -d ${quote(about)}`
      })
    })
    .join('\n')

const writers: Record<Shell, (places: Place[]) => string> = { bash, zsh, fish }
