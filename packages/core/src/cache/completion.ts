/** An object of JSON whose members are looked at one by one, since providers have members of their own. */
type Json = Record<string, unknown>

/** The most chunks that a kept answer becomes as a stream. */
export const MOST_REPLAYED_CHUNKS = 20

/** Pieces of text of one replayed choice; beside them stand the role, tool calls, the rest, the end and the usage. */
const MOST_PIECES = 12
const SHORTEST_PIECE = 24

/** One chat completion from the chunks of its stream, with every member that came; null when they hold no choice. */
export const completionOfChunks = (chunks: readonly unknown[]): Json | null => {
  const completion: Json = {}
  const choices = new Map<number, { choice: Json; message: Json }>()
  for (const chunk of chunks) {
    if (!isObject(chunk)) continue
    const { choices: deltas, ...head } = chunk
    for (const name in head) if (head[name] !== null) completion[name] ??= head[name]
    if (isObject(head['usage'])) completion['usage'] = head['usage']
    for (const delta of Array.isArray(deltas) ? deltas : []) if (isObject(delta)) addDelta(choices, delta)
  }
  if (choices.size === 0) return null
  const ordered = [...choices.entries()].sort(([a], [b]) => a - b)
  return {
    ...completion,
    object: 'chat.completion',
    choices: ordered.map(([index, { choice, message }]) => ({ index, ...choice, message: wholeMessage(message) })),
  }
}

const addDelta = (choices: Map<number, { choice: Json; message: Json }>, given: Json): void => {
  const { index, delta, ...rest } = given
  const place = typeof index === 'number' ? index : 0
  const known = choices.get(place) ?? { choice: {}, message: {} }
  choices.set(place, known)
  for (const name in rest) if (rest[name] !== null || !(name in known.choice)) known.choice[name] = rest[name]
  if (isObject(delta)) for (const name in delta) mergeMember(known.message, name, delta[name])
}

/** Texts grow, calls are told by their index, objects are filled in; anything else is as it came last. */
const mergeMember = (message: Json, name: string, value: unknown): void => {
  const known = message[name]
  if (value === null || value === undefined) message[name] ??= value
  else if (name === 'role') message[name] = value
  else if (name === 'tool_calls' && Array.isArray(value)) message[name] = mergeCalls(known, value)
  else if (typeof value === 'string' && typeof known === 'string') message[name] = known + value
  else if (Array.isArray(value) && Array.isArray(known)) message[name] = [...known, ...value]
  else if (isObject(value) && isObject(known)) message[name] = { ...known, ...value }
  else message[name] = value
}

const mergeCalls = (known: unknown, given: readonly unknown[]): Json[] => {
  const calls: Json[] = Array.isArray(known) ? known : []
  for (const [place, call] of given.entries()) {
    if (!isObject(call)) continue
    const index = typeof call['index'] === 'number' ? call['index'] : given.length > 1 ? place : placeOf(calls, call)
    const open = calls.find((candidate) => candidate['index'] === index)
    if (!open) calls.push({ ...call, index })
    else mergeCall(open, call)
  }
  return calls
}

/** Where a call without index goes: a new id opens a new one. */
const placeOf = (calls: readonly Json[], { id }: Json): number => {
  const last = calls.at(-1)
  const isNew = last === undefined || (typeof id === 'string' && last['id'] !== id)
  return isNew ? calls.length : Number(last['index'])
}

const mergeCall = (open: Json, { function: called, ...call }: Json): void => {
  for (const name in call) if (call[name] !== null && call[name] !== '') open[name] = call[name]
  if (!isObject(called)) return
  const known = isObject(open['function']) ? open['function'] : {}
  open['function'] = {
    ...known,
    ...(called['name'] ? { name: called['name'] } : undefined),
    arguments: textOr(known['arguments']) + textOr(called['arguments']),
  }
}

const wholeMessage = (message: Json): Json => {
  const calls = message['tool_calls']
  if (!Array.isArray(calls)) return { role: 'assistant', ...message }
  const hasText = textOr(message['content']) !== ''
  return {
    role: 'assistant',
    ...message,
    content: hasText ? message['content'] : null,
    tool_calls: calls.map(({ index: _index, ...call }: Json) => ({ type: 'function', ...call })),
  }
}

/** The chunks of a stream that say what a chat completion says, at most 20 of them; the usage last, if it is wanted. */
export const chunksOfCompletion = (completion: unknown, options: { usage: boolean }): Json[] => {
  if (!isObject(completion)) return []
  const { choices, usage, id, created, model, system_fingerprint: fingerprint, object: _object, ...others } = completion
  const head = {
    id,
    object: 'chat.completion.chunk',
    created,
    model,
    ...(fingerprint === undefined ? undefined : { system_fingerprint: fingerprint }),
  }
  const columns = (Array.isArray(choices) ? choices : []).filter(isObject).map(deltasOf)
  const rows = Math.max(0, ...columns.map(({ deltas }) => deltas.length))
  const chunks: Json[] = []
  for (let row = 0; row < rows; row++) {
    const told = columns.flatMap(({ index, deltas }) =>
      deltas[row] ? [{ index, delta: deltas[row], logprobs: null, finish_reason: null }] : [],
    )
    chunks.push({ ...head, choices: told })
  }
  const ends = columns.map(({ index, rest }) => ({ index, delta: {}, ...rest }))
  chunks.push({ ...head, ...others, choices: ends })
  if (options.usage && usage !== undefined) chunks.push({ ...head, choices: [], usage })
  return chunks
}

/** One choice as deltas: role, reasoning, text in pieces, tool calls, and whatever else its message holds. */
const deltasOf = (choice: Json): { index: number; deltas: Json[]; rest: Json } => {
  const { index, message, ...rest } = choice
  const said: Json = isObject(message) ? message : {}
  const { role, content, reasoning_content: reasoning, tool_calls: calls, ...others } = said
  const extra = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== null))
  const pieces = piecesOf(textOr(content)).map((piece) => ({ content: piece }))
  const deltas: Json[] = [{ role: role ?? 'assistant', content: '' }]
  if (textOr(reasoning) !== '') deltas.push({ reasoning_content: reasoning })
  if (Array.isArray(content)) deltas.push({ content })
  deltas.push(...pieces)
  if (Array.isArray(calls) && calls.length > 0) {
    deltas.push({ tool_calls: calls.map((call, place) => (isObject(call) ? { ...call, index: place } : call)) })
  }
  if (Object.keys(extra).length > 0) deltas.push(extra)
  return { index: typeof index === 'number' ? index : 0, deltas, rest }
}

/** A text in a few pieces, none of which ends in half a character. */
const piecesOf = (text: string): string[] => {
  const size = Math.max(SHORTEST_PIECE, Math.ceil(text.length / MOST_PIECES))
  const pieces: string[] = []
  for (let start = 0; start < text.length;) {
    let end = Math.min(text.length, start + size)
    const isSplit = end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800
    if (isSplit) end++
    pieces.push(text.slice(start, end))
    start = end
  }
  return pieces
}

/** The text of the first choice, for whoever compares or filters answers. */
export const answerTextOf = (completion: unknown): string => {
  const choices = isObject(completion) ? completion['choices'] : null
  const [choice] = Array.isArray(choices) ? choices : []
  const message = isObject(choice) ? choice['message'] : null
  return isObject(message) ? textOr(message['content']) : ''
}

const textOr = (value: unknown): string => (typeof value === 'string' ? value : '')

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
