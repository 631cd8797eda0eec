import type { Complete, PlannedCase } from '@assay/core'
import type { Target, TargetAnswer, Turn } from '../target.ts'
import type { OpenPlugin } from './plugin.ts'
import { createRunTool, type RunTool } from './run-tool.ts'
import { emptyTurn, type Spending, type TurnSpending } from './spending.ts'
import { openToolbox, type Toolbox } from './toolbox.ts'
import { openWorkspace, type WorkspaceOptions } from './workspace.ts'

/** What agents of a run are given. */
export type AgentOptions = {
  plugins: readonly OpenPlugin[]
  workspace: WorkspaceOptions
  /** Texts that no agent may see, such as the keys that its plugins use. */
  secrets: readonly string[]
  now: () => number
  /** What stands in place of the tools of a case. */
  aroundTools?: ((next: RunTool, planned: PlannedCase) => RunTool) | undefined
}

/** A model with tools that it may call until it has its answer. */
export const agentTarget = (complete: Complete, planned: PlannedCase, options: AgentOptions): Target => {
  const open = new AsyncDisposableStack()
  const spending: Spending = { steps: 0, tokens: 0, costNanoUsd: 0 }
  let spent = emptyTurn()
  let ready: { toolbox: Toolbox; runTool: RunTool } | null = null

  /** Once for all turns of the case: what a tool keeps, it keeps until the end. */
  const prepare = async ({ signal }: Turn) => {
    const workspace = open.use(await openWorkspace(planned, options.workspace))
    const toolbox = open.use(await openToolbox(options.plugins, { workspace: workspace.path, signal }))
    const { aroundTools } = options
    const runTool = createRunTool({
      execute: toolbox.execute,
      faults: planned.faults,
      secrets: options.secrets,
      maxResultBytes: planned.limits.toolResultBytes,
      now: options.now,
      onRecord: (record) => spent.records.push(record),
      around: aroundTools && ((next) => aroundTools(next, planned)),
    })
    return { toolbox, runTool }
  }

  return {
    answer: async (turn) => {
      spent = emptyTurn()
      try {
        ready ??= await prepare(turn)
        // Loaded when the first agent speaks: runs without one do not wait for it.
        const { playTurn } = await import('./loop.ts')
        const { toolbox, runTool } = ready
        const { answer, messages } = await playTurn(turn, { complete, tools: toolbox.tools, runTool, spending, spent })
        const { text, toolCalls: openCalls, finishReason } = answer
        return { ...figuresOf(spent), text, messages, openCalls, finishReason }
      } catch (failure) {
        return { ...figuresOf(spent), text: '', messages: [], openCalls: [], finishReason: null, failure }
      }
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}

const figuresOf = ({
  records,
  ...spent
}: TurnSpending): Pick<TargetAnswer, 'toolCalls' | 'steps' | 'usage' | 'costNanoUsd' | 'latencyMs' | 'isCached'> => ({
  ...spent,
  toolCalls: records,
})
