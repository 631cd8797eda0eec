import { accessSync, constants } from 'node:fs'
import { delimiter, isAbsolute, resolve, sep } from 'node:path'
import { AssayError, compileTemplate, type McpServer } from '@assay/core'
import type { Egress } from '@assay/providers'
import type { BuiltInName } from './catalogue.ts'
import { envOf, runsOf, variablesOf, type ChosenPlugin } from './choose-plugins.ts'
import { childEnvironment } from './mcp/child-environment.ts'
import { egressFetch } from './mcp/egress-fetch.ts'
import { mcpPlugin, type McpConnection } from './mcp/mcp-plugin.ts'
import { StdioTransport } from './mcp/stdio-transport.ts'
import type { OpenPlugin } from './plugin.ts'
import { fetchPlugin } from './plugins/fetch.ts'
import { filesystemPlugin } from './plugins/filesystem.ts'
import { memoryPlugin } from './plugins/memory.ts'

/** What plugins are opened with. */
export type PluginParts = {
  egress: Egress
  environment: Readonly<Record<string, string | undefined>>
  /** `{{suite}}` in what is run. */
  suiteFolder: string
  /** Where the command line was typed: its commands are started there, those of others in the case's workspace. */
  typedIn: string
}

/** Names a variable that a plugin cannot do without and nobody has set. */
export const assertVariables = (plugins: readonly ChosenPlugin[], environment: PluginParts['environment']): void => {
  for (const plugin of plugins) {
    if (plugin.kind === 'built-in') continue
    const variables = variablesOf(plugin.server).filter((name) => !environment[name])
    if (variables.length > 0) throw new AssayError('suite.plugin_variable', { plugin: plugin.name, variables })
  }
}

/** Names a program that a plugin is to start and that is not there, before any model is called for it. */
export const assertCommands = (
  plugins: readonly ChosenPlugin[],
  { environment, typedIn }: Pick<PluginParts, 'environment' | 'typedIn'>,
): void => {
  for (const plugin of plugins) {
    if (plugin.kind === 'built-in') continue
    const { name: pluginName, server, from } = plugin
    const { command } = server
    // What a template or the workspace of a case has to fill in is known when the case begins.
    if (command === undefined || command.includes('{{')) continue
    const isPath = command.includes('/') || command.includes(sep)
    if (isPath && !isAbsolute(command) && from !== 'typed') continue
    const folders = isPath ? [''] : (environment['PATH'] ?? '').split(delimiter).filter(Boolean)
    if (folders.some((folder) => isProgram(resolve(typedIn, folder, command), environment))) continue
    throw new AssayError('suite.plugin_command', { plugin: pluginName, command, isPath })
  }
}

const isProgram = (path: string, environment: PluginParts['environment']): boolean => {
  const endings = process.platform === 'win32' ? ['', ...(environment['PATHEXT'] ?? '.EXE;.CMD').split(';')] : ['']
  return endings.some((ending) => {
    try {
      accessSync(`${path}${ending}`, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Values that plugins are given and agents must not see. */
export const secretsOf = (plugins: readonly ChosenPlugin[], environment: PluginParts['environment']): string[] => {
  const names = plugins.flatMap((plugin) => (plugin.kind === 'server' ? variablesOf(plugin.server) : []))
  return secretValues(environment, names)
}

/** The values of variables that are named, and of those whose names say that they are secret; the longest first. */
const secretValues = (environment: PluginParts['environment'], names: readonly string[]): string[] => {
  const secret = Object.keys(environment).filter((name) => /(?:_KEY|_TOKEN|_SECRET|PASSWORD)$/.test(name))
  const values = [...names, ...secret].map((name) => environment[name] ?? '')
  return [...new Set(values)].filter((value) => value.length >= SHORTEST_SECRET).toSorted((a, b) => b.length - a.length)
}

/** Shorter values are words that stand in answers for their own sake. */
const SHORTEST_SECRET = 8

/** How each plugin is opened for a case. */
export const openersOf = (plugins: readonly ChosenPlugin[], parts: PluginParts): OpenPlugin[] => {
  const secrets = secretsOf(plugins, parts.environment)
  const builtIn: Record<BuiltInName, () => OpenPlugin> = {
    filesystem: () => filesystemPlugin,
    fetch: () => fetchPlugin(parts.egress),
    memory: () => memoryPlugin,
  }
  return plugins.map((plugin) => {
    if (plugin.kind === 'built-in') return builtIn[plugin.name]()
    const { name, server } = plugin
    return mcpPlugin({
      name,
      timeoutMs: server.timeoutMs,
      secrets,
      connect: (workspace) => connectionTo(plugin, { ...parts, workspace }),
    })
  })
}

const connectionTo = (
  { name, server, from }: Extract<ChosenPlugin, { kind: 'server' }>,
  { egress, environment, workspace, suiteFolder, typedIn }: PluginParts & { workspace: string },
): McpConnection => {
  const fill = filler({ name, server, environment, workspace, suite: suiteFolder })
  if (server.url !== undefined) {
    const headers = filled(server.headers, fill)
    const url = fill(server.url)
    egress.check(url)
    return { transport: { type: 'http', url, headers, fetch: egressFetch(egress) }, ending: () => '' }
  }
  const own = filled(envOf(server.env), fill)
  const env = childEnvironment(environment, { workspace, own })
  const transport = new StdioTransport({
    command: fill(server.command!),
    args: server.args.map(fill),
    cwd: from === 'typed' ? typedIn : workspace,
    env,
  })
  return { transport, ending: () => transport.ending() }
}

const filler = (given: {
  name: string
  server: McpServer
  environment: PluginParts['environment']
  workspace: string
  suite: string
}) => {
  const { name, server, environment, workspace, suite } = given
  const env = Object.fromEntries(variablesOf(server).map((variable) => [variable, environment[variable] ?? '']))
  return (text: string): string =>
    compileTemplate(text)({ workspace, suite, env }, `plugin ${name}: ${runsOf({ server })}`)
}

const filled = (values: Readonly<Record<string, string>>, fill: (text: string) => string): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, fill(value)]))
