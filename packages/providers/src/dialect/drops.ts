import type { ChatRequest } from '@assay/core'
import { untranslatable } from './untranslatable.ts'

/** Fields that every dialect reads, in whatever way. */
const common = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'stop',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'functions',
  'function_call',
  'response_format',
  'reasoning_effort',
])

/** Values that ask for nothing beyond what happens anyway, as JSON. */
const neutral: Record<string, readonly string[]> = {
  n: ['1'],
  frequency_penalty: ['0'],
  presence_penalty: ['0'],
  logprobs: ['false'],
  top_logprobs: ['0'],
  logit_bias: ['{}'],
  store: ['false'],
  metadata: ['{}'],
  modalities: ['["text"]'],
  service_tier: ['"auto"', '"default"'],
  verbosity: ['"medium"'],
}

/** Fields without which a request is another one: a provider that cannot take them is not asked. */
const vital: Record<string, string> = {
  cachedContent: 'it stands for content that only Google has',
  mcp_servers: 'the tools of a server have no counterpart',
  container: 'it stands for files and skills that only Anthropic has',
  web_search_options: 'a search of the web has no counterpart',
}

/** Collects the names of what a request asks for and its provider has no word for. */
export class Drops {
  readonly #names = new Set<string>()

  /** Notes every field but the common ones and those that the dialect reads itself; throws for one that is vital. */
  constructor(request: ChatRequest, { own, provider }: { own: readonly string[]; provider: string }) {
    for (const [name, value] of Object.entries(request)) {
      if (value === null || value === undefined || common.has(name) || own.includes(name)) continue
      if (vital[name] !== undefined) throw untranslatable(provider, name, vital[name])
      if (!neutral[name]?.includes(JSON.stringify(value))) this.#names.add(name)
    }
  }

  has(name: string): boolean {
    return this.#names.has(name)
  }

  note(name: string): void {
    this.#names.add(name)
  }

  get names(): readonly string[] {
    return [...this.#names]
  }
}
