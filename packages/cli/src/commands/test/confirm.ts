import { createInterface } from 'node:readline/promises'
import type { ChosenPlugin } from '@assay/runner'
import type { ActionContext } from '../../action.ts'
import { plain } from '../../print/width.ts'
import { canAsk, type Terminal } from '../../terminal/terminal.ts'

/** Asks once for each plugin that a file wants to have started; answers what the user's own file allows. */
export const confirmPlugins = async (
  { out }: ActionContext,
  terminal: Terminal,
  given: { plugins: readonly ChosenPlugin[]; suiteFolder: string; yes: boolean },
): Promise<ReadonlySet<string>> => {
  const [{ AssayError }, runner] = await Promise.all([import('@assay/core'), import('@assay/runner')])
  const { plugins, suiteFolder, yes } = given
  const file = runner.userConfigPath(terminal.environment)
  const servers = plugins.filter((plugin) => plugin.kind === 'server')
  if (servers.length === 0) return new Set()
  const allowed = new Set((await runner.readUserConfig(file)).mcp.allow)
  const isAllowed = (plugin: (typeof servers)[number]) =>
    allowed.has(runner.runsOf(plugin)) || allowed.has(runner.confirmationOf(plugin, { suiteFolder }))
  const unknown = servers.filter((plugin) => runner.needsConfirmation(plugin) && !isAllowed(plugin))
  if (unknown.length === 0) return allowed
  const shown = unknown.map((plugin) => ({ name: plugin.name, runs: describe(plugin, runner) }))
  const unconfirmed = () => new AssayError('suite.plugin_unconfirmed', { plugins: shown, file })
  if (!yes && (!canAsk(terminal) || out.json)) throw unconfirmed()
  out.note('These plugins are started for every case:')
  for (const { name, runs } of shown) out.note(`  ${name}: ${plain(runs)}`)
  if (yes) return allowed
  if (!(await isYes(terminal))) throw unconfirmed()
  await runner.allowPlugins(
    file,
    unknown.map((plugin) => ({
      entry: runner.confirmationOf(plugin, { suiteFolder }),
      note: `${plugin.name}: ${runner.runsOf(plugin)}`,
    })),
  )
  out.note(`Kept in ${file}.`)
  return allowed
}

const describe = (
  plugin: Extract<ChosenPlugin, { kind: 'server' }>,
  { runsOf, variablesOf }: typeof import('@assay/runner'),
): string => {
  const variables = variablesOf(plugin.server)
  return variables.length === 0 ? runsOf(plugin) : `${runsOf(plugin)} (with ${variables.join(', ')})`
}

const isYes = async ({ stdin, stderr }: Terminal): Promise<boolean> => {
  const lines = createInterface({ input: stdin, output: stderr, terminal: true })
  try {
    return /^y(es)?$/i.test((await lines.question('Start them? [y/N] ')).trim())
  } finally {
    lines.close()
  }
}
