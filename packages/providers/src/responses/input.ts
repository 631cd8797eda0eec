import type { ChatMessage } from '@assay/core'
import { z } from 'zod'
import { AssistantTurn } from './assistant-turn.ts'
import type { Losses } from './losses.ts'
import { chatParts, ItemPart, type ChatPart } from './parts.ts'

const Content = z.union([z.string(), z.array(ItemPart)])

/** One item of the input; its type may be left out where it is a message. */
export const InputItem = z.looseObject({ type: z.string().nullish() })
export type InputItem = z.infer<typeof InputItem>

const Message = z.looseObject({
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: Content,
})
const Call = z.looseObject({ call_id: z.string(), name: z.string(), arguments: z.string() })
const Output = z.looseObject({ call_id: z.string(), output: Content })
const Reasoning = z.looseObject({
  summary: z.array(ItemPart).nullish().catch(null),
  content: z.array(ItemPart).nullish().catch(null),
  encrypted_content: z.string().nullish().catch(null),
})

/** Reads the items of an input as messages: what the model said in one turn is one message. */
export const readInput = (items: readonly InputItem[], losses: Losses): ChatMessage[] => {
  const messages: ChatMessage[] = []
  let turn: AssistantTurn | null = null
  const close = (): void => {
    if (turn) messages.push(...turn.messages())
    turn = null
  }
  const open = (): AssistantTurn => (turn ??= new AssistantTurn())
  for (const [index, item] of items.entries()) {
    const path = `input[${index}]`
    const kind = item.type ?? 'message'
    const message = kind === 'message' ? Message.safeParse(item).data : undefined
    const call = kind === 'function_call' && !isNamespaced(item) ? Call.safeParse(item).data : undefined
    const output = kind === 'function_call_output' ? Output.safeParse(item).data : undefined
    const reasoning = kind === 'reasoning' ? Reasoning.safeParse(item).data : undefined
    if (message) {
      const parts = partsOf(message.content, `${path}.content`, losses)
      if (message.role === 'assistant') open().say(parts)
      else {
        close()
        const role = message.role === 'user' ? 'user' : 'system'
        messages.push({ role, content: plain(parts) })
      }
    } else if (call) open().call({ id: call.call_id, name: call.name, arguments: call.arguments })
    else if (output) {
      close()
      const content = plain(partsOf(output.output, `${path}.output`, losses))
      messages.push({ role: 'tool', tool_call_id: output.call_id, content })
    } else if (reasoning) {
      const told = [...(reasoning.summary ?? []), ...(reasoning.content ?? [])].map((part) => textOf(part)).join('\n\n')
      if (!open().reason(told, reasoning.encrypted_content ?? null)) losses.drop('input.reasoning')
    } else losses.only(path, reasonOf(kind))
  }
  close()
  return messages
}

const isNamespaced = (item: InputItem): boolean => typeof item['namespace'] === 'string'

const partsOf = (content: z.infer<typeof Content>, path: string, losses: Losses): ChatPart[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : chatParts(content, path, losses)

/** Text alone is told as a string, which every server takes. */
const plain = (parts: ChatPart[]): ChatMessage['content'] =>
  parts.every(({ type }) => type === 'text') ? parts.map(textOf).join('') : parts

const textOf = (part: ChatPart): string => (typeof part['text'] === 'string' ? part['text'] : '')

const reasonOf = (kind: string): string =>
  kind === 'item_reference'
    ? 'it names what OpenAI has stored; send the item itself (`store: false`)'
    : `an item of type ${kind} has no counterpart`
