import type { ToolAnswer } from './run-tool.ts'

/** A tool as a model is told of it. */
export type OfferedTool = {
  name: string
  description: string
  /** JSON Schema of its arguments. */
  inputSchema: Record<string, unknown>
}

/** Tools that belong together, ready to be called in one case. */
export type Plugin = AsyncDisposable & {
  name: string
  tools: readonly OfferedTool[]
  /** Throws only for what ends the case, such as a program that is gone. */
  call(name: string, args: Record<string, unknown>, signal: AbortSignal): Promise<ToolAnswer>
}

/** What a plugin is opened for: one case. */
export type PluginPlace = {
  /** The folder of the case, and of nothing else. */
  workspace: string
  signal: AbortSignal
}

/** How a plugin is opened; each case has its own. */
export type OpenPlugin = (place: PluginPlace) => Promise<Plugin>
