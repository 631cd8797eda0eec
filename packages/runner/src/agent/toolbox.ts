import { AssayError } from '@assay/core'
import type { OfferedTool, OpenPlugin, Plugin, PluginPlace } from './plugin.ts'
import type { RunTool, ToolAnswer } from './run-tool.ts'

/** The tools of all plugins of one case. */
export type Toolbox = AsyncDisposable & {
  tools: readonly OfferedTool[]
  /** Finds the tool and calls it; what the model got wrong about it is an answer that says so. */
  execute: RunTool
}

/** Opens every plugin; when one fails, those that are open are closed again. */
export const openToolbox = async (openers: readonly OpenPlugin[], place: PluginPlace): Promise<Toolbox> => {
  await using opening = new AsyncDisposableStack()
  const plugins: Plugin[] = []
  const opened = await Promise.allSettled(openers.map((open) => open(place)))
  for (const one of opened) if (one.status === 'fulfilled') plugins.push(opening.use(one.value))
  const failed = opened.find((one) => one.status === 'rejected')
  if (failed) throw failed.reason
  const places = placesOf(plugins)
  const open = opening.move()
  return {
    tools: [...places].map(([name, { tool }]) => ({ ...tool, name })),
    execute: async ({ name, args, signal }) => {
      const found = places.get(name)
      if (!found)
        return wrong(
          `There is no tool ${name}${places.size > 0 ? `. There are: ${[...places.keys()].join(', ')}.` : ' here.'}`,
        )
      if (args === null || typeof args !== 'object' || Array.isArray(args)) {
        return wrong(`The arguments of ${name} are no JSON object.`)
      }
      return found.plugin.call(found.tool.name, args as Record<string, unknown>, signal)
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

const wrong = (text: string): ToolAnswer => ({ status: 'error', text })

type Place = { plugin: Plugin; tool: OfferedTool }

/** The tools by the names a model sees; a name that two plugins share carries the plugin's in front. */
const placesOf = (plugins: readonly Plugin[]): Map<string, Place> => {
  const counts = new Map<string, number>()
  for (const { tools } of plugins) for (const { name } of tools) counts.set(name, (counts.get(name) ?? 0) + 1)
  const places = new Map<string, Place>()
  for (const plugin of plugins) {
    for (const tool of plugin.tools) {
      const isShared = counts.get(tool.name)! > 1
      const name = sayable(isShared ? `${plugin.name}__${tool.name}` : tool.name)
      if (places.has(name)) {
        throw new AssayError('suite.plugin_failed', { plugin: plugin.name, reason: `offers the tool ${name} twice` })
      }
      places.set(name, { plugin, tool })
    }
  }
  return places
}

/** Names of functions as every provider takes them. */
const sayable = (name: string): string => name.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 64)
