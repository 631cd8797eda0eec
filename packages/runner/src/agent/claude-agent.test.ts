import { noUsage } from '@assay/core'
import type { z } from 'zod'
import { expect, test } from 'vitest'
import { loadClaudeAgent, playClaudeTurn, type ClaudeAgentSdk } from './claude-agent.ts'
import { memoryPlugin } from './plugins/memory.ts'
import { runAgents } from './testing/scripted.ts'

type Tool = { name: string; shape: z.ZodRawShape; handler: (args: unknown) => Promise<{ content: { text: string }[] }> }

/** The SDK as its documentation has it, with a model that calls the tools it is told to. */
const fakeSdk = (moves: { name: string; args: unknown }[], end: Record<string, unknown>) => {
  const asked: Record<string, unknown>[] = []
  const sdk: ClaudeAgentSdk = {
    tool: (name, _description, shape, handler) => ({ name, shape, handler }),
    createSdkMcpServer: ({ tools }) => tools,
    query: async function* ({ prompt, options }) {
      for await (const message of prompt) asked.push({ ...options, said: message })
      const tools = (options['mcpServers'] as { assay: Tool[] }).assay
      let said = ''
      for (const [index, { name, args }] of moves.entries()) {
        yield { type: 'assistant', message: { id: `m${index}`, content: [] } }
        said = (await tools.find((tool) => tool.name === name)!.handler(args)).content[0]!.text
      }
      yield { type: 'assistant', message: { id: 'last', content: [] } }
      yield {
        type: 'result',
        subtype: 'success',
        session_id: 's1',
        is_error: false,
        result: said,
        duration_api_ms: 12,
        total_cost_usd: 0.002,
        usage: { input_tokens: 3, output_tokens: 4, cache_read_input_tokens: 5, cache_creation_input_tokens: 0 },
        ...end,
      }
    },
  }
  return { sdk, asked }
}

const play = (
  moves: { name: string; args: unknown }[],
  {
    end = {},
    model = 'anthropic/claude-sonnet-4-20250514',
    ...suite
  }: { end?: Record<string, unknown>; model?: string } & Record<string, unknown> = {},
) => {
  const { sdk, asked } = fakeSdk(moves, end)
  const environment = { PATH: '/bin', ANTHROPIC_API_KEY: 'key', OPENAI_API_KEY: 'other' }
  const player = () => playClaudeTurn(sdk, { environment })
  const ran = runAgents(
    { prompts: ['Be brief.'], tests: [{ input: 'go' }], ...suite },
    { moves: [], models: [model], agent: { plugins: [memoryPlugin], player } },
  )
  return ran.then(({ result }) => ({ result, asked }))
}

const entities = [{ name: 'Ada', entityType: 'person', observations: [] }]

test('its tools are ours, through the same way, and what it used up is booked', async () => {
  const moves = [
    { name: 'create_entities', args: { entities } },
    { name: 'read_graph', args: {} },
  ]
  const { result, asked } = await play(moves)
  expect(result).toMatchObject({ status: 'passed', steps: 3, costNanoUsd: 2_000_000, latencyMs: 12 })
  expect(result.usage).toMatchObject({ ...noUsage, inputTokens: 8, outputTokens: 4, cacheReadInputTokens: 5 })
  expect(result.response).toContain('Ada')
  expect(result.toolCalls).toMatchObject([
    { name: 'create_entities', args: { entities }, status: 'ok', step: 1 },
    { name: 'read_graph', status: 'ok', step: 2 },
  ])
  expect(asked[0]).toMatchObject({
    model: 'claude-sonnet-4-20250514',
    systemPrompt: 'Be brief.',
    maxTurns: 10,
    tools: [],
    settingSources: [],
    env: { PATH: '/bin', ANTHROPIC_API_KEY: 'key' },
    said: { message: { role: 'user', content: 'go' } },
  })
  expect(asked[0]!['env']).not.toHaveProperty('OPENAI_API_KEY')
  expect(asked[0]!['allowedTools']).toContain('mcp__assay__read_graph')
})

test('faults and limits hold for it too', async () => {
  const moves = [{ name: 'read_graph', args: {} }]
  const faults = [{ tool: 'read_graph', error: 'forgotten' }]
  expect((await play(moves, { faults })).result).toMatchObject({
    response: 'forgotten',
    toolCalls: [{ status: 'error' }],
  })
  expect((await play(moves, { end: { subtype: 'error_max_turns' } })).result).toMatchObject({ reason: 'limit.steps' })
  expect((await play(moves, { limits: { costUsd: 0.001 } })).result).toMatchObject({ reason: 'limit.cost' })
  const broken = await play(moves, { end: { subtype: 'error_during_execution', result: 'no login' } })
  expect(broken.result.error!.message).toMatch(/claude-agent ended with error_during_execution: no login/)
})

test('a model of somebody else is refused, and a package that is not there is none', async () => {
  expect((await play([], { model: 'openai/gpt-4o' })).result.error!.message).toMatch(/openai\/gpt-4o is none/)
  expect(await loadClaudeAgent()).toBe(null)
  const broken = () => Promise.reject(new Error('its own fault'))
  await expect(loadClaudeAgent(broken)).rejects.toThrow('its own fault')
})
