/** What a fake model says next: a text, or a reply with whatever else is to happen. */
export type FakeReply = {
  text?: string
  toolCalls?: readonly { name: string; args: unknown; id?: string }[]
  finishReason?: 'stop' | 'length' | 'tool_calls' | 'content_filter'
  /** The model that the answer names; the one that was asked for when left out. */
  model?: string
  usage?: { inputTokens: number; outputTokens: number; cacheReadInputTokens?: number }
  /** Pieces in which a stream brings the text; its words when left out. */
  pieces?: readonly string[]
  /** Time before the first byte. */
  latencyMs?: number
  /** Time between the events of a stream. */
  eventDelayMs?: number
  /** The line breaks after so many events of a stream; 0 breaks it before any byte, streamed or not. */
  breakAfterEvents?: number
  /** Nothing more comes after so many events, until the other side goes. */
  stallAfterEvents?: number
  /** Any status of 400 or more makes it an error in the API's own shape. */
  status?: number
  /** `Retry-After`, for 429 and its like. */
  retryAfterSeconds?: number
  /** The words of an error. */
  error?: string
  headers?: Readonly<Record<string, string>>
  /** Sent as it stands, in place of all that would be made of the reply. */
  body?: string
}

/** A reply as a script may write it; a function sees the call. */
export type Scripted = string | FakeReply | ((call: FakeCall) => string | FakeReply | Promise<string | FakeReply>)

/** The APIs that a fake provider speaks. */
export type FakeApi = 'chat' | 'responses' | 'anthropic' | 'gemini' | 'embeddings' | 'models' | 'count' | 'other'

/** One call as a fake provider saw it. */
export type FakeCall = {
  api: FakeApi
  method: string
  path: string
  headers: Readonly<Record<string, string | string[] | undefined>>
  /** The key it was sent with, wherever that API has it. */
  key: string | null
  body: Record<string, unknown>
  model: string
  /** The last thing that was said to the model, as text. */
  input: string
  isStream: boolean
  /** Null until the answer began. */
  status: number | null
  /** The other side went before the answer was whole. */
  isClosedEarly: boolean
}

/** A reply with what every API needs put in. */
export type ReadyReply = Omit<FakeReply, 'toolCalls' | 'usage'> & {
  text: string
  model: string
  finishReason: NonNullable<FakeReply['finishReason']>
  toolCalls: readonly { name: string; args: unknown; id: string }[]
  usage: { inputTokens: number; outputTokens: number; cacheReadInputTokens: number }
  pieces: readonly string[]
}

/** How one API is spoken: whole, in events, and when it refuses. */
export type FakeFace = {
  whole(reply: ReadyReply, number: number): object
  events(reply: ReadyReply, number: number, call: FakeCall): string[]
  error(status: number, message: string): object
}

const CHARACTERS_PER_TOKEN = 4

/** Puts in what a script left open. */
export const readyReply = (given: string | FakeReply, call: FakeCall): ReadyReply => {
  const reply = typeof given === 'string' ? { text: given } : given
  const text = reply.text ?? ''
  const toolCalls = (reply.toolCalls ?? []).map((one, index) => ({ ...one, id: one.id ?? `call_${index + 1}` }))
  return {
    ...reply,
    text,
    toolCalls,
    model: reply.model ?? call.model,
    finishReason: reply.finishReason ?? (toolCalls.length > 0 ? 'tool_calls' : 'stop'),
    usage: {
      cacheReadInputTokens: 0,
      ...(reply.usage ?? {
        inputTokens: Math.max(1, Math.ceil(call.input.length / CHARACTERS_PER_TOKEN)),
        outputTokens: Math.max(1, Math.ceil(text.length / CHARACTERS_PER_TOKEN)),
      }),
    },
    pieces: reply.pieces ?? text.match(/\S+\s*|\s+/g) ?? [],
  }
}

/** An event of a stream, named where the API names its events. */
export const event = (data: object, name?: string): string =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`
