type Json = Record<string, unknown>

const fields = new Set([
  'model',
  'max_tokens',
  'messages',
  'system',
  'stream',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'metadata',
  'service_tier',
])
const toolFields = new Set(['type', 'name', 'description', 'input_schema', 'strict'])
/** What blocks say beside what they show, with the names by which it is told. */
const besideBlocks = {
  cache_control: 'cache_control',
  is_error: 'messages.is_error',
  citations: 'messages.citations',
  title: 'messages.title',
  context: 'messages.context',
}

/**
 * What a request of the Messages API asks for and chat completions have no word for, as fields of their own: only
 * Anthropic itself, which is asked in the caller's bytes, does not drop and name them.
 */
export const lossesOf = (request: Json): Json => {
  const lost: Json = {}
  const note = (name: string, value: unknown): void => {
    if (value !== null && value !== undefined && value !== false) lost[name] = typeof value === 'object' ? value : true
  }
  for (const [name, value] of Object.entries(request)) if (!fields.has(name)) note(name, value)
  for (const tool of listOf(request['tools'])) {
    if (tool['type'] && tool['type'] !== 'custom') continue
    for (const [name, value] of Object.entries(tool)) {
      if (!toolFields.has(name)) note(name === 'cache_control' ? name : `tools.${name}`, value)
    }
  }
  const blocks = [
    ...listOf(request['system']),
    ...listOf(request['messages']).flatMap((turn) => listOf(turn['content'])),
  ]
  for (const block of blocks.flatMap((outer) => [outer, ...listOf(outer['content'])])) {
    for (const [name, told] of Object.entries(besideBlocks)) {
      // What the model itself has cited is part of its answer, not a wish.
      if (name !== 'citations' || block['type'] === 'document') note(told, block[name])
    }
  }
  return lost
}

const listOf = (value: unknown): Json[] =>
  Array.isArray(value)
    ? (value as unknown[]).filter((item): item is Json => typeof item === 'object' && item !== null)
    : []
