import type { McpServer } from '@assay/core'

/** Plugins that are part of Assay: nothing is installed and nothing is started. */
export const builtInNames = ['filesystem', 'fetch', 'memory'] as const
export type BuiltInName = (typeof builtInNames)[number]

/** Those that a server gives to suites that were sent to it: they see neither its files nor its environment. */
const servedNames: readonly string[] = ['fetch', 'memory'] satisfies BuiltInName[]
export const isServedPlugin = (name: string): boolean => servedNames.includes(name)
/** The same, as a person reads it. */
export const pluginsServed = `${servedNames.join(', ')}, and servers with a url`

type Row = Pick<McpServer, 'command' | 'args' | 'env'>

const npx = (name: string, env: string[] = [], args: string[] = []): Row => ({
  command: 'npx',
  args: ['-y', name, ...args],
  env,
})

/** Well-known servers by their names: what is started for each, and the variables it cannot do without. */
export const catalogue: Record<string, Row> = {
  github: npx('@modelcontextprotocol/server-github', ['GITHUB_PERSONAL_ACCESS_TOKEN']),
  'brave-search': npx('@modelcontextprotocol/server-brave-search', ['BRAVE_API_KEY']),
  // Not DATABASE_URL, which is where Assay itself keeps its data.
  postgres: npx('@modelcontextprotocol/server-postgres', [], ['{{env.POSTGRES_URL}}']),
  sqlite: { command: 'uvx', args: ['mcp-server-sqlite', '--db-path', '{{env.SQLITE_PATH}}'], env: [] },
  puppeteer: npx('@modelcontextprotocol/server-puppeteer'),
  'google-maps': npx('@modelcontextprotocol/server-google-maps', ['GOOGLE_MAPS_API_KEY']),
  slack: npx('@modelcontextprotocol/server-slack', ['SLACK_BOT_TOKEN', 'SLACK_TEAM_ID']),
}

/** Every name that is known without a suite. */
export const knownPlugins = (): string[] => [...builtInNames, ...Object.keys(catalogue)]
