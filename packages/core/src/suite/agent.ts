import { z } from 'zod'

/** Variables that make a program load code or look for its parts elsewhere; no child gets them from a suite. */
const refusedVariables = [
  { name: /^NODE_OPTIONS$|^NODE_REPL_EXTERNAL_MODULE$/i, why: 'it makes Node load other code' },
  { name: /^(LD|DYLD)_/i, why: 'it makes the linker load other libraries' },
  { name: /^(BASH_ENV|ENV|ZDOTDIR|PROMPT_COMMAND|SHELLOPTS|BASHOPTS)$/i, why: 'it makes the shell run other code' },
  {
    name: /^(PYTHONSTARTUP|PYTHONPATH|PYTHONHOME|PERL5OPT|PERL5LIB|RUBYOPT|RUBYLIB|JAVA_TOOL_OPTIONS)$/i,
    why: 'it makes the interpreter load other code',
  },
  { name: /^(PATH|HOME|TEST_WORKSPACE_PATH)$/i, why: 'Assay sets it' },
] as const

/** Why a variable is not handed to a program that a suite starts; null when it may be. */
export const refusalOfVariable = (name: string): string | null => {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return 'it is no name of a variable'
  return refusedVariables.find((row) => row.name.test(name))?.why ?? null
}

const VariableName = z.string().superRefine((name, context) => {
  const why = refusalOfVariable(name)
  if (why !== null) context.addIssue({ code: 'custom', message: `${name} is refused: ${why}` })
})

/** What a plugin is called: in `mcp:`, with `-p`, and before the tools of two plugins that share a name. */
export const PluginName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/, 'is no name of a plugin: letters, digits, - and _, at most 40')

/** A server of tools: a program that is started, or an address. */
export const McpServer = z
  .strictObject({
    command: z
      .string()
      .min(1)
      .max(4_096)
      .optional()
      .describe('A program that speaks MCP on standard input and output.'),
    args: z
      .array(z.string().max(4_096))
      .max(100)
      .default([])
      .describe('May hold `{{workspace}}`, `{{suite}}` for its folder, and `{{env.NAME}}`.'),
    url: z.string().min(1).max(2_048).optional().describe('The address of a server that speaks MCP over HTTP.'),
    headers: z.record(z.string(), z.string()).default({}).describe('May hold `{{env.NAME}}`.'),
    env: z
      .array(VariableName)
      .or(z.record(VariableName, z.string()))
      .default([])
      .describe('Names of variables that are handed on, or values by name, which may hold `{{env.NAME}}`.'),
    timeoutMs: z.int().min(1).max(600_000).default(60_000).describe('For one call of a tool.'),
  })
  .superRefine(({ command, url, args, headers }, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message })
    if ((command === undefined) === (url === undefined)) refuse('needs either a command or a url')
    if (command === undefined && args.length > 0) refuse('has args, which belong to a command')
    if (url === undefined && Object.keys(headers).length > 0) refuse('has headers, which belong to a url')
  })
export type McpServer = z.infer<typeof McpServer>

/** The plugins of a suite: names that are known, or servers by the names they are given. */
export const Mcp = z
  .array(PluginName)
  .max(50)
  .or(z.record(PluginName, z.literal(true).or(McpServer)))
export type Mcp = z.infer<typeof Mcp>

/** What happens to a call of a tool instead of, or before, what would. */
export const Fault = z
  .strictObject({
    tool: z.string().min(1).max(200),
    on: z.int().min(1).max(10_000).optional().describe('The n-th call of the tool in a case; every one when left out.'),
    delayMs: z.int().min(0).max(600_000).optional().describe('The call waits so long first.'),
    error: z.string().min(1).max(65_536).optional().describe('The call fails with this, and the tool is not run.'),
    body: z.unknown().optional().describe('The tool says this, and is not run.'),
  })
  .superRefine(({ delayMs, error, body }, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message })
    if (delayMs === undefined && error === undefined && body === undefined) refuse('needs delayMs, error or body')
    if (error !== undefined && body !== undefined) refuse('has an error and a body, and a call has only one end')
  })
export type Fault = z.infer<typeof Fault>

/** The names of the plugins that a suite asks for. */
export const pluginNames = (mcp: Mcp | undefined): string[] =>
  mcp === undefined ? [] : Array.isArray(mcp) ? mcp : Object.keys(mcp)
