import { isEndpoint, type Complete, type PlannedCase, type Sandbox } from '@assay/core'
import { endpointTarget, type AskEndpoint } from './endpoint-target.ts'
import type { Mask } from './mask.ts'
import type { Again, RunOptions } from './run-options.ts'
import { scriptTarget } from './script-target.ts'
import { modelTarget, type Target } from './target.ts'

/** What targets other than models are reached with. */
export type TargetTools = {
  ask: AskEndpoint
  sandbox: Sandbox
  now: () => number
  mask: Mask
  /** Sees what went wrong with an address. */
  onError: (error: unknown) => void
  /** What models are asked by; once a turn when left out. */
  ofModels?: RunOptions['targetOf']
}

/** What a case is run against, told from how its model is named: an address, a script, else a model. */
export const chooseTarget =
  (tools: TargetTools) =>
  (complete: Complete, planned: PlannedCase, again: Again): Target => {
    if (planned.script !== undefined) return scriptTarget(tools)
    if (isEndpoint(planned.modelId)) return endpointTarget({ ...tools, again })
    return (tools.ofModels ?? modelTarget)(complete, planned, again)
  }
