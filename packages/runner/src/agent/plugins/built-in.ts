import { z } from 'zod'
import type { OfferedTool, OpenPlugin, PluginPlace } from '../plugin.ts'
import type { ToolAnswer } from '../run-tool.ts'

/** A tool that is part of Assay: its arguments, and what it does with them. */
export type BuiltInTool = {
  offered: OfferedTool
  call(args: unknown, signal: AbortSignal): Promise<ToolAnswer>
}

/** Names the arguments of a tool once: the model is shown them, and calls are held to them. */
export const builtInTool = <Args extends z.ZodObject>(
  { name, description, args }: { name: string; description: string; args: Args },
  work: (args: z.infer<Args>, signal: AbortSignal) => Promise<string> | string,
): BuiltInTool => ({
  offered: { name, description, inputSchema: schemaOf(args) },
  call: async (given, signal) => {
    const parsed = args.safeParse(given)
    if (!parsed.success) return { status: 'error', text: `${name}: ${problemsOf(parsed.error)}` }
    return answered(async () => work(parsed.data, signal))
  },
})

/** What a tool may not do; the model is told why. */
export class Denied extends Error {}

/** A plugin of such tools. */
export const builtInPlugin =
  (name: string, toolsFor: (place: PluginPlace) => BuiltInTool[]): OpenPlugin =>
  async (place) => {
    const tools = new Map(toolsFor(place).map((tool) => [tool.offered.name, tool]))
    return {
      name,
      tools: [...tools.values()].map(({ offered }) => offered),
      call: (tool, args, signal) => tools.get(tool)!.call(args, signal),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }
  }

const answered = async (work: () => Promise<string>): Promise<ToolAnswer> => {
  try {
    return { status: 'ok', text: await work() }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    return { status: error instanceof Denied ? 'denied' : 'error', text }
  }
}

const schemaOf = (args: z.ZodObject): Record<string, unknown> => {
  const { $schema: _, ...schema } = z.toJSONSchema(args, { io: 'input' })
  return schema
}

const problemsOf = (error: z.ZodError): string =>
  error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': ')).join('; ')
