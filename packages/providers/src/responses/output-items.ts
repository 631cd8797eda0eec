/** A part of what a message says. */
export type SaidPart = { kind: 'output_text' | 'refusal'; text: string }

/** What the model has put out so far, one item after the other; each becomes JSON when it is told. */
export type OutputItem =
  | { kind: 'message'; id: string; parts: SaidPart[]; isDone: boolean }
  | { kind: 'reasoning'; id: string; summary: string[]; content: string | null; isDone: boolean }
  | { kind: 'call'; id: string; callId: string; name: string; arguments: string; isDone: boolean }

/** The JSON of an item; one that was left unfinished says so. */
export const itemJson = (item: OutputItem, unfinished: 'in_progress' | 'incomplete' = 'in_progress'): object => {
  const status = item.isDone ? 'completed' : unfinished
  switch (item.kind) {
    case 'message':
      return { id: item.id, type: 'message', status, role: 'assistant', content: item.parts.map(partJson) }
    case 'reasoning':
      return {
        id: item.id,
        type: 'reasoning',
        summary: item.summary.map((text) => ({ type: 'summary_text', text })),
        ...(item.content === null ? undefined : { encrypted_content: item.content }),
      }
    case 'call':
      return {
        id: item.id,
        type: 'function_call',
        status,
        call_id: item.callId,
        name: item.name,
        arguments: item.arguments,
      }
  }
}

export const partJson = ({ kind, text }: SaidPart): object =>
  kind === 'refusal' ? { type: kind, refusal: text } : { type: kind, text, annotations: [], logprobs: [] }
