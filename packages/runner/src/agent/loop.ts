import { dynamicTool, jsonSchema, ToolLoopAgent, type ToolSet } from 'ai'
import type { ChatMessage, ChatRequest, Complete, Completion, FinishReason, PlannedCase, ToolCall } from '@assay/core'
import { assistantMessage, type Turn } from '../target.ts'
import { languageModel } from './language-model.ts'
import type { OfferedTool } from './plugin.ts'
import { recordOf, type RunTool } from './run-tool.ts'
import { holdToAmounts, holdToSteps, spendOn, type Spending, type TurnSpending } from './spending.ts'

/** What one turn of an agent is played with. */
export type LoopOptions = {
  complete: Complete
  tools: readonly OfferedTool[]
  runTool: RunTool
  /** The folder of the case. */
  workspace: string
  spending: Spending
  spent: TurnSpending
}

/** How a turn ended: the last answer, and everything that was said from the first. */
export type LoopEnd = {
  text: string
  openCalls: ToolCall[]
  finishReason: FinishReason
  messages: ChatMessage[]
}

/** Plays one turn of an agent to its end; throws for what ends its case. */
export type PlayTurn = (turn: Turn, options: LoopOptions) => Promise<LoopEnd>

/** Asks the model, runs the tools it asks for, tells it what they said, until it asks for none. */
export const playTurn: PlayTurn = async ({ planned, messages, signal }, options) => {
  const { complete, tools, runTool, spending, spent } = options
  let end: LoopEnd | null = null
  let failure: unknown = null
  const run = async (name: string, args: unknown): Promise<string> => {
    try {
      return (await runTool({ name, args, step: spending.steps, signal })).text
    } catch (error) {
      // The loop would tell the model of it and go on.
      failure ??= error
      return ''
    }
  }
  const model = languageModel({
    complete,
    modelId: planned.modelId,
    requestWith: (said) => requestOf(planned, tools, said),
    conversation: messages,
    signal,
    onCall: () => {
      if (failure !== null) throw failure
      signal.throwIfAborted()
      holdToSteps(spending, planned.limits)
    },
    onAnswer: (answer, added) => {
      spendOn(spending, spent, answer)
      const { text, toolCalls: openCalls, finishReason } = answer
      end = { text, openCalls, finishReason, messages: [...added, assistantMessage(text, openCalls)] }
      holdToAmounts(spending, planned.limits)
      noteUnusable(answer, { tools, planned, spending, spent })
    },
  })
  const agent = new ToolLoopAgent({
    model,
    tools: toolsOf(tools, planned, run),
    // Results are the same however long each tool takes.
    toolCallConcurrency: 1,
    // The limits end the loop, and calls are made again by us.
    stopWhen: () => false,
    maxRetries: 0,
  })
  await agent.generate({ prompt: 'The conversation is ours.', abortSignal: signal })
  if (failure !== null) throw failure
  if (end === null) throw new Error('the loop ended without an answer')
  return end
}

const requestOf = (
  { modelId, parameters, limits, tools: declared }: PlannedCase,
  tools: readonly OfferedTool[],
  messages: ChatMessage[],
): ChatRequest => {
  const offered = [...(declared as { type: string }[]), ...tools.map(functionOf)]
  return {
    model: modelId,
    messages,
    temperature: 0,
    max_tokens: limits.maxOutputTokens,
    ...(offered.length > 0 && { tools: offered }),
    ...parameters,
  }
}

const functionOf = ({ name, description, inputSchema }: OfferedTool) => ({
  type: 'function',
  function: { name, description, parameters: inputSchema },
})

/**
 * The tools of the plugins are run, and those that the suite declares where a fault says what they answer; any other
 * that it only declares ends the loop, as a call that stays open.
 */
const toolsOf = (
  tools: readonly OfferedTool[],
  planned: PlannedCase,
  run: (name: string, args: unknown) => Promise<string>,
): ToolSet => {
  const inputSchema = jsonSchema({ type: 'object' })
  const declared = declaredNames(planned).map((name) => [
    name,
    isAnswered(planned, name)
      ? dynamicTool({ description: '', inputSchema, execute: (args) => run(name, args) })
      : { inputSchema },
  ])
  const offered = tools.map(({ name, description, inputSchema }) => [
    name,
    dynamicTool({
      description,
      inputSchema: jsonSchema(inputSchema),
      execute: (args) => run(name, args),
    }),
  ])
  return Object.fromEntries([...declared, ...offered]) as ToolSet
}

const isAnswered = ({ faults }: PlannedCase, name: string): boolean =>
  faults.some(({ tool, error, body }) => tool === name && (error !== undefined || body !== undefined))

const declaredNames = ({ tools }: PlannedCase): string[] =>
  tools.flatMap(({ function: declared }) => {
    const name: unknown = declared !== null && typeof declared === 'object' && 'name' in declared ? declared.name : null
    return typeof name === 'string' ? [name] : []
  })

/** Calls that no tool can be run for; the loop tells the model of them, and they are calls all the same. */
const noteUnusable = (
  { toolCalls }: Completion,
  given: Pick<LoopOptions, 'tools' | 'spending' | 'spent'> & { planned: PlannedCase },
): void => {
  const { tools, planned, spending, spent } = given
  const known = new Set([...tools.map(({ name }) => name), ...declaredNames(planned)])
  for (const { name, arguments: written } of toolCalls) {
    const args = parsed(written)
    if (known.has(name) && args !== undefined) continue
    const text = known.has(name) ? 'The arguments are no JSON.' : `There is no tool ${name}.`
    spent.records.push(recordOf({ name, args: args ?? written, step: spending.steps }, { status: 'error', text }, 0))
  }
}

const parsed = (text: string): unknown => {
  try {
    return text.trim() === '' ? {} : JSON.parse(text)
  } catch {
    return undefined
  }
}
