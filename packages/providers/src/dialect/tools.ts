import type { ChatRequest } from '@assay/core'
import { z } from 'zod'
import { untranslatable } from './untranslatable.ts'

const Function = z.looseObject({
  name: z.string(),
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
})
/** A function that the model may call; its parameters are a JSON schema. */
export type FunctionTool = z.infer<typeof Function>

const Tool = z.looseObject({ type: z.literal('function'), function: Function })
const Named = z.looseObject({ type: z.literal('function'), function: z.looseObject({ name: z.string() }) })
const Allowed = z.looseObject({
  type: z.literal('allowed_tools'),
  allowed_tools: z.looseObject({ mode: z.enum(['auto', 'required']), tools: z.array(Named) }),
})
const Mode = z.enum(['auto', 'none', 'required'])

/** Whether the model must call something; a name is the one function it must call. */
export type ToolChoice = z.infer<typeof Mode> | { name: string }

/** The functions of a request and how they may be called; a choice of null is the provider's own default. */
export type ToolUse = { tools: FunctionTool[]; choice: ToolChoice | null }

/** Reads the tools, in the current or the older fields; throws for one that is no function. */
export const readTools = (request: ChatRequest, provider: string): ToolUse => {
  const tools = (request.tools ?? []).map((tool, index) => {
    const parsed = Tool.safeParse(tool)
    if (!parsed.success)
      throw untranslatable(provider, `tools[${index}]`, `a tool of type ${tool.type} has no counterpart`)
    return parsed.data.function
  })
  const older = z.array(Function).safeParse(request['functions'] ?? [])
  if (!older.success) throw untranslatable(provider, 'functions', 'it is not a list of functions')
  return choose({ tools: [...tools, ...older.data] }, request, provider)
}

const choose = ({ tools }: { tools: FunctionTool[] }, request: ChatRequest, provider: string): ToolUse => {
  const given = request['tool_choice'] ?? olderChoice(request['function_call'])
  if (given === null || given === undefined) return { tools, choice: null }
  const mode = Mode.safeParse(given)
  if (mode.success) return { tools, choice: mode.data }
  const named = Named.safeParse(given)
  if (named.success) return { tools, choice: { name: named.data.function.name } }
  const allowed = Allowed.safeParse(given)
  if (!allowed.success) throw untranslatable(provider, 'tool_choice', 'this choice has no counterpart')
  const { mode: choice, tools: names } = allowed.data.allowed_tools
  const kept = new Set(names.map((tool) => tool.function.name))
  return { tools: tools.filter(({ name }) => kept.has(name)), choice }
}

const olderChoice = (given: unknown): unknown =>
  typeof given === 'object' && given !== null ? { type: 'function', function: given } : given

const Format = z.looseObject({ json_schema: z.looseObject({ schema: z.record(z.string(), z.unknown()) }) })

/** The schema that the answer must fit; `any` for JSON of whatever shape, null for text. */
export const readSchema = (request: ChatRequest, provider: string): Record<string, unknown> | 'any' | null => {
  const format = request.response_format
  if (!format || format.type === 'text') return null
  if (format.type === 'json_object') return 'any'
  const parsed = Format.safeParse(format)
  if (format.type !== 'json_schema' || !parsed.success) {
    throw untranslatable(provider, 'response_format', `a format of type ${format.type} has no counterpart`)
  }
  return parsed.data.json_schema.schema
}
