import { silentLog, Suite, noUsage, type CaseResult, type ChatRequest, type Complete } from '@assay/core'
import { createSandboxPool } from '../../sandbox/pool.ts'
import type { RunOptions } from '../../run-options.ts'
import { runSuite } from '../../run-suite.ts'
import { agentTarget, type AgentOptions } from '../agent-target.ts'

/** What a scripted model does in one step: calls of tools, or its last words. */
export type Move = string | { name: string; args?: unknown; id?: string }[]

/** A model that makes the given moves, one a call in each case, and keeps what it was asked. */
export const scripted = (moves: readonly Move[]) => {
  const asked: ChatRequest[] = []
  const complete: Complete = async (request, { signal }) => {
    signal.throwIfAborted()
    asked.push(request)
    const step = request.messages.filter(({ role }) => role === 'assistant').length
    const move = moves[step] ?? moves.at(-1)!
    const calls = typeof move === 'string' ? [] : move
    return {
      providerName: 'fake',
      responseModel: 'fake',
      text: typeof move === 'string' ? move : '',
      reasoningText: '',
      toolCalls: calls.map(({ name, args = {}, id }, index) => ({
        id: id ?? `call_${step}_${index}`,
        name,
        arguments: typeof args === 'string' ? args : JSON.stringify(args),
      })),
      finishReason: calls.length > 0 ? 'tool_calls' : 'stop',
      usage: { ...noUsage, inputTokens: 10, outputTokens: 5 },
      usageEstimated: false,
      costNanoUsd: 1_000_000,
      latencyMs: 3,
      ttftMs: null,
    }
  }
  return { asked, complete }
}

/** Runs a suite with agents on a scripted model. */
export const runAgents = async (
  suite: object,
  { moves, agent, ...given }: { moves: readonly Move[]; agent: Partial<AgentOptions> } & Partial<RunOptions>,
) => {
  const { asked, complete } = scripted(moves)
  const results: CaseResult[] = []
  await using sandbox = createSandboxPool({ log: silentLog })
  const options: AgentOptions = {
    plugins: [],
    workspace: { suiteFolder: import.meta.dirname },
    secrets: [],
    now: () => performance.now(),
    ...agent,
  }
  const summary = await runSuite(Suite.parse(suite), {
    models: ['fake/m'],
    complete,
    targetOf: (complete, planned) => agentTarget(complete, planned, options),
    sandbox,
    signal: new AbortController().signal,
    now: () => performance.now(),
    onEvent: (event) => {
      if (event.event === 'result') results.push(event)
    },
    ...given,
  })
  return { summary, results, asked, result: results[0]! }
}
