import { z } from 'zod'
import type { Losses } from './losses.ts'

const Named = z.looseObject({ type: z.literal('function'), name: z.string() })
const Tool = Named.extend({
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
})
const Allowed = z.looseObject({
  type: z.literal('allowed_tools'),
  mode: z.enum(['auto', 'required']),
  tools: z.array(z.unknown()),
})
const modes = new Set(['auto', 'none', 'required'])

type Given = {
  tools?: readonly { type: string }[] | null | undefined
  tool_choice?: unknown
  parallel_tool_calls?: boolean | null | undefined
}

/** The tools as chat completions write them; one that is no function is OpenAI's own, and noted as such. */
export const readTools = (request: Given, losses: Losses): object | undefined => {
  const tools = (request.tools ?? []).flatMap((tool, index) => {
    const parsed = Tool.safeParse(tool)
    if (parsed.success) return [parsed.data]
    losses.only(`tools[${index}]`, `a tool of type ${tool.type} has no counterpart`)
    return []
  })
  const { kept, choice } = choose(tools, request.tool_choice, losses)
  if (kept.length === 0) return undefined
  return {
    tools: kept.map(({ name, description, parameters, strict }) => ({
      type: 'function',
      function: {
        name,
        ...(description ? { description } : undefined),
        ...(parameters ? { parameters } : undefined),
        ...(strict ? { strict } : undefined),
      },
    })),
    ...(choice === null ? undefined : { tool_choice: choice }),
    ...(request.parallel_tool_calls === false ? { parallel_tool_calls: false } : undefined),
  }
}

type FunctionTool = z.infer<typeof Tool>

/** A choice among some of the tools is told by leaving out the others, since few servers know it. */
const choose = (
  tools: FunctionTool[],
  given: unknown,
  losses: Losses,
): { kept: FunctionTool[]; choice: string | object | null } => {
  if (given === null || given === undefined) return { kept: tools, choice: null }
  if (typeof given === 'string' && modes.has(given)) return { kept: tools, choice: given }
  const named = Named.safeParse(given)
  if (named.success) return { kept: tools, choice: { type: 'function', function: { name: named.data.name } } }
  const allowed = Allowed.safeParse(given)
  const names = z.array(Named).safeParse(allowed.data?.tools)
  if (!allowed.success || !names.success) {
    losses.only('tool_choice', 'this choice has no counterpart')
    return { kept: tools, choice: null }
  }
  const wanted = new Set(names.data.map(({ name }) => name))
  return { kept: tools.filter(({ name }) => wanted.has(name)), choice: allowed.data.mode }
}

const Schema = z.looseObject({
  type: z.literal('json_schema'),
  name: z.string().nullish(),
  description: z.string().nullish(),
  schema: z.record(z.string(), z.unknown()),
  strict: z.boolean().nullish(),
})

/** The format of the answer's text as chat completions write it. */
export const readFormat = (format: { type: string } | null | undefined, losses: Losses): object | undefined => {
  if (!format || format.type === 'text') return undefined
  if (format.type === 'json_object') return { response_format: { type: 'json_object' } }
  const parsed = Schema.safeParse(format)
  if (!parsed.success) {
    losses.only('text.format', `a format of type ${format.type} has no counterpart`)
    return undefined
  }
  const { name, description, schema, strict } = parsed.data
  return {
    response_format: {
      type: 'json_schema',
      json_schema: {
        name: name ?? 'answer',
        ...(description ? { description } : undefined),
        schema,
        ...(strict === null || strict === undefined ? undefined : { strict }),
      },
    },
  }
}
