import type { Complete, PlannedCase } from '@assay/core'
import type { Target, TargetAnswer, Turn } from '../target.ts'
import type { PlayTurn } from './loop.ts'
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
  /** Another loop than ours, for one case. */
  player?: (() => PlayTurn) | undefined
}

/** A model with tools that it may call until it has its answer. */
export const agentTarget = (complete: Complete, planned: PlannedCase, options: AgentOptions): Target => {
  const open = new AsyncDisposableStack()
  const spending: Spending = { steps: 0, tokens: 0, costNanoUsd: 0 }
  let spent = emptyTurn()
  let ready: { toolbox: Toolbox; runTool: RunTool; workspace: string; play: PlayTurn } | null = null

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
    // Loaded when the first agent speaks: runs without one do not wait for it.
    const play = options.player ? options.player() : (await import('./loop.ts')).playTurn
    return { toolbox, runTool, workspace: workspace.path, play }
  }

  return {
    answer: async (turn) => {
      spent = emptyTurn()
      try {
        ready ??= await prepare(turn)
        const { toolbox, play, ...parts } = ready
        const end = await play(turn, { ...parts, complete, tools: toolbox.tools, spending, spent })
        return { ...figuresOf(spent), ...end }
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
