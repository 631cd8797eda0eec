import { findPackageJSON } from 'node:module'
import { AssayError, NANO_USD_PER_USD, noUsage, textOf, type PlannedCase } from '@assay/core'
import { z } from 'zod'
import { LimitReached } from '../check-answer.ts'
import { readModelName } from '../local-models.ts'
import { assistantMessage } from '../target.ts'
import { addUsage } from '../usage.ts'
import type { LoopEnd, LoopOptions, PlayTurn } from './loop.ts'
import { childEnvironment } from './mcp/child-environment.ts'
import type { OfferedTool } from './plugin.ts'
import { holdToAmounts } from './spending.ts'

/** What of the Claude Agent SDK is used. */
export type ClaudeAgentSdk = {
  query(call: { prompt: AsyncIterable<unknown>; options: Record<string, unknown> }): AsyncIterable<unknown>
  createSdkMcpServer(given: { name: string; version: string; tools: unknown[] }): unknown
  tool(
    name: string,
    description: string,
    shape: z.ZodRawShape,
    handler: (args: unknown) => Promise<{ content: { type: 'text'; text: string }[] }>,
  ): unknown
}

const PACKAGE = '@anthropic-ai/claude-agent-sdk'

/** The SDK as its user installed it, null where it is not. */
export const loadClaudeAgent = async (
  load: (name: string) => Promise<unknown> = importNamed,
): Promise<ClaudeAgentSdk | null> => {
  try {
    return (await load(PACKAGE)) as ClaudeAgentSdk
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return null
    throw error
  }
}

/** How the SDK is installed, for who asked for it and has it not. */
export const claudeAgentMissing = (): AssayError =>
  new AssayError('suite.claude_agent_missing', { command: `npm install ${PACKAGE}` })

/** Vite puts a module of its own in the place of an optional package that is not there, so Node is asked for it first. */
const importNamed = (name: string): Promise<unknown> => {
  findPackageJSON(name, import.meta.url)
  return import(name)
}

/** The name under which our tools reach the SDK, and what it makes of their names. */
const SERVER = 'assay'
const nameOf = (tool: string): string => `mcp__${SERVER}__${tool}`

/** A turn of the Claude Agent SDK. It calls the model by itself, with its own key; the tools are ours, and no others. */
export const playClaudeTurn = (
  sdk: ClaudeAgentSdk,
  { environment }: { environment: Readonly<Record<string, string | undefined>> },
): PlayTurn => {
  let session: string | undefined
  return async (turn, options) => {
    const { planned, messages, signal } = turn
    const { tools, runTool, spending, workspace } = options
    const ending = new AbortController()
    const stop = () => ending.abort(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    let failure: unknown = null
    const run = async (name: string, args: unknown): Promise<string> => {
      try {
        return (await runTool({ name, args, step: Math.max(1, spending.steps), signal })).text
      } catch (error) {
        failure ??= error
        ending.abort(error)
        return ''
      }
    }
    const system = messages.filter(({ role }) => role === 'system' || role === 'developer').map(textOf)
    const said = sdk.query({
      prompt: onlyMessage(textOf(messages.at(-1)!)),
      options: {
        model: claudeModelOf(planned),
        ...(system.length > 0 && { systemPrompt: system.join('\n\n') }),
        ...(session !== undefined && { resume: session }),
        cwd: workspace,
        env: claudeEnvironment(environment, workspace),
        abortController: ending,
        maxTurns: planned.limits.steps - spending.steps,
        mcpServers: { [SERVER]: serverOf(sdk, tools, run) },
        allowedTools: tools.map(({ name }) => nameOf(name)),
        tools: [],
        settingSources: [],
        strictMcpConfig: true,
      },
    })
    try {
      const result = await readMessages(said, options, planned)
      session = result.session_id
      return endOf(result, planned)
    } catch (error) {
      throw failure ?? (signal.aborted ? signal.reason : error)
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }
}

async function* onlyMessage(text: string): AsyncGenerator {
  yield { type: 'user', message: { role: 'user', content: text }, parent_tool_use_id: null, session_id: '' }
}

const serverOf = (
  sdk: ClaudeAgentSdk,
  tools: readonly OfferedTool[],
  run: (name: string, args: unknown) => Promise<string>,
): unknown =>
  sdk.createSdkMcpServer({
    name: SERVER,
    version: '1',
    tools: tools.map(({ name, description, inputSchema }) =>
      sdk.tool(name, description, shapeOf(inputSchema), async (args) => ({
        content: [{ type: 'text', text: await run(name, args) }],
      })),
    ),
  })

/** The SDK wants the arguments as zod knows them; a schema that cannot be one takes any. */
const shapeOf = (inputSchema: Record<string, unknown>): z.ZodRawShape => {
  try {
    const read = z.fromJSONSchema(inputSchema)
    return read instanceof z.ZodObject ? read.shape : {}
  } catch {
    const names = Object.keys((inputSchema['properties'] as object | undefined) ?? {})
    return Object.fromEntries(names.map((name) => [name, z.unknown()]))
  }
}

const claudeModelOf = ({ modelId }: PlannedCase): string => {
  const { provider, model } = readModelName(modelId)
  if (provider === 'anthropic') return model
  const reason = `The Claude Agent SDK speaks to models of Anthropic, and ${modelId} is none.`
  throw new AssayError('usage.invalid', { reason, example: '-f claude-agent -m claude-sonnet-4' })
}

const claudeEnvironment = (environment: Readonly<Record<string, string | undefined>>, workspace: string) => {
  const own = Object.entries(environment).filter(([name]) =>
    /^(?:ANTHROPIC|CLAUDE|AWS|GOOGLE_APPLICATION|CLOUD_ML)_/.test(name),
  )
  const values = own.filter((entry): entry is [string, string] => entry[1] !== undefined)
  return childEnvironment(environment, { workspace, own: Object.fromEntries(values) })
}

const Assistant = z.looseObject({ type: z.literal('assistant'), message: z.looseObject({ id: z.string().optional() }) })

const count = z.int().min(0).catch(0)
const Result = z.looseObject({
  type: z.literal('result'),
  subtype: z.string(),
  session_id: z.string().optional(),
  is_error: z.boolean().catch(false),
  result: z.string().catch(''),
  duration_api_ms: z.number().catch(0),
  total_cost_usd: z.number().nullable().catch(null),
  usage: z
    .looseObject({
      input_tokens: count,
      output_tokens: count,
      cache_read_input_tokens: count,
      cache_creation_input_tokens: count,
    })
    .catch({ input_tokens: 0, output_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 }),
})
type Result = z.infer<typeof Result>

const readMessages = async (
  said: AsyncIterable<unknown>,
  options: LoopOptions,
  planned: PlannedCase,
): Promise<Result> => {
  const { spending, spent } = options
  const seen = new Set<string>()
  for await (const message of said) {
    const step = Assistant.safeParse(message)
    if (step.success) {
      const id = step.data.message.id ?? String(seen.size)
      if (!seen.has(id)) {
        seen.add(id)
        spending.steps++
        spent.steps++
      }
    }
    const result = Result.safeParse(message)
    if (!result.success) continue
    spend(result.data, options)
    holdToAmounts(spending, planned.limits)
    return result.data
  }
  throw new AssayError('suite.plugin_failed', { plugin: 'claude-agent', reason: 'ended without a result' })
}

const spend = (
  { usage, total_cost_usd: costUsd, duration_api_ms: latencyMs }: Result,
  { spending, spent }: LoopOptions,
) => {
  const inputTokens = usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens
  const costNanoUsd = costUsd === null ? null : Math.round(costUsd * NANO_USD_PER_USD)
  spending.tokens += inputTokens + usage.output_tokens
  spending.costNanoUsd += costNanoUsd ?? 0
  spent.usage = addUsage(spent.usage ?? noUsage, {
    ...noUsage,
    inputTokens,
    outputTokens: usage.output_tokens,
    cacheReadInputTokens: usage.cache_read_input_tokens,
    cacheWriteInputTokens: usage.cache_creation_input_tokens,
  })
  spent.costNanoUsd = costNanoUsd
  spent.latencyMs += latencyMs
  spent.isCached = false
}

const endOf = ({ subtype, is_error: isError, result }: Result, { limits }: PlannedCase): LoopEnd => {
  if (subtype === 'error_max_turns')
    throw new LimitReached('limit.steps', `no answer within ${limits.steps} calls of the model`)
  if (subtype !== 'success' || isError) {
    throw new AssayError('suite.plugin_failed', {
      plugin: 'claude-agent',
      reason: `ended with ${subtype}: ${result.slice(0, 1_000)}`,
    })
  }
  return { text: result, openCalls: [], finishReason: 'stop', messages: [assistantMessage(result, [])] }
}
