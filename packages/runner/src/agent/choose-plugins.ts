import { hash } from 'node:crypto'
import { AssayError, canonicalJson, McpServer, nearestNames, PluginName, pluginNames, type Suite } from '@assay/core'
import { builtInNames, catalogue, knownPlugins, type BuiltInName } from './catalogue.ts'

/** A plugin that a run is to have, before anything of it is opened. */
export type ChosenPlugin =
  | { kind: 'built-in'; name: BuiltInName }
  | {
      kind: 'server'
      name: string
      server: McpServer
      /** Who says what it is: the person at the command line, our own list, or a file. */
      from: 'typed' | 'catalogue' | 'suite'
    }

/** What is asked for: the option of the command line, and what the suite has. */
export type PluginChoice = { options: readonly string[]; suite: Pick<Suite, 'mcp'> }

/** The plugins of a run: those of the command line, else those of the suite. */
export const choosePlugins = ({ options, suite }: PluginChoice): ChosenPlugin[] => {
  const chosen = new Map<string, ChosenPlugin>()
  for (const plugin of options.length > 0
    ? options.flatMap(typedPlugins).map((given) => readTyped(given, suite))
    : pluginNames(suite.mcp).map((name) => readNamed(name, suite))) {
    chosen.set(plugin.name, plugin)
  }
  return [...chosen.values()]
}

/** Names between commas; a command or an address stands alone, because commas may be in it. */
const typedPlugins = (option: string): string[] =>
  option.includes('=')
    ? [option]
    : option
        .split(',')
        .map((name) => name.trim())
        .filter(Boolean)

const readTyped = (given: string, suite: PluginChoice['suite']): ChosenPlugin => {
  const at = given.indexOf('=')
  if (at < 0) return readNamed(given, suite)
  const [name, what] = [given.slice(0, at).trim(), given.slice(at + 1).trim()]
  const refuse = (reason: string) =>
    new AssayError('usage.invalid', {
      reason: `-p ${given}: ${reason}.`,
      example: '-p "files=npx -y my-server --root ."',
    })
  const parsedName = PluginName.safeParse(name)
  if (!parsedName.success) throw refuse(`${name} ${parsedName.error.issues[0]!.message}`)
  const words = wordsOf(what)
  if (words === null || words.length === 0) throw refuse(words ? 'there is no command' : 'a quote is not closed')
  const [command, ...args] = words
  const server = McpServer.parse(/^https?:\/\//.test(what) ? { url: what } : { command, args })
  return { kind: 'server', name, server, from: 'typed' }
}

const readNamed = (name: string, { mcp }: PluginChoice['suite']): ChosenPlugin => {
  const own = mcp !== undefined && !Array.isArray(mcp) && Object.hasOwn(mcp, name) ? mcp[name] : undefined
  if (own !== undefined && own !== true) return { kind: 'server', name, server: own, from: 'suite' }
  const builtIn = builtInNames.find((known) => known === name)
  if (builtIn) return { kind: 'built-in', name: builtIn }
  const row = Object.hasOwn(catalogue, name) ? catalogue[name] : undefined
  if (row) return { kind: 'server', name, server: McpServer.parse(row), from: 'catalogue' }
  const known = [...new Set([...knownPlugins(), ...pluginNames(mcp)])]
  throw new AssayError('suite.plugin_unknown', { name, known, suggestions: nearestNames(name, known, 2) })
}

/** A command line in words: quotes hold what has spaces in it; nothing else means anything. */
const wordsOf = (text: string): string[] | null => {
  if (!/^(?:"[^"]*"|'[^']*'|[^"'])*$/.test(text)) return null
  const words = text.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? []
  return words.map((word) =>
    word.replaceAll(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => double ?? single ?? ''),
  )
}

/** What a plugin runs, as a person reads it. */
export const runsOf = ({ server }: { server: McpServer }): string =>
  server.url ??
  [server.command ?? '', ...server.args]
    .map((word) => (/\s/.test(word) || word === '' ? JSON.stringify(word) : word))
    .join(' ')

/** The variables of the user's environment that a plugin is given. */
export const variablesOf = ({ args, env, headers, url }: McpServer): string[] => {
  const texts = [...args, ...Object.values(envOf(env)), ...Object.values(headers), url ?? '']
  const names = texts.flatMap((text) =>
    [...text.matchAll(/\{\{\s*env\.([A-Za-z_][A-Za-z0-9_]*)/g)].map(([, name]) => name!),
  )
  return [...new Set(names)]
}

/** Values of variables by their names; a name alone is handed on as it is. */
export const envOf = (env: McpServer['env']): Record<string, string> =>
  Array.isArray(env) ? Object.fromEntries(env.map((name) => [name, `{{env.${name}}}`])) : env

/** What tells one plugin from another, so that a person confirms each once; a suite's own belongs to its folder. */
export const confirmationOf = (
  plugin: Extract<ChosenPlugin, { kind: 'server' }>,
  { suiteFolder }: { suiteFolder: string },
): string => {
  const folder = plugin.from === 'suite' ? suiteFolder : null
  const { timeoutMs: _, ...what } = plugin.server
  return `sha256:${hash('sha256', canonicalJson([plugin.name, what, folder]))}`
}

/** True for a plugin that starts a program or is given something of the user's, on the word of a file. */
export const needsConfirmation = (plugin: ChosenPlugin): plugin is Extract<ChosenPlugin, { kind: 'server' }> =>
  plugin.kind === 'server' &&
  plugin.from !== 'typed' &&
  (plugin.server.command !== undefined || variablesOf(plugin.server).length > 0)
