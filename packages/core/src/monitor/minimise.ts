import type { ChatRequest } from '../gateway/chat.ts'

const MAX_STEPS = 20

/**
 * A smaller request on which the evidence still fails: leading turns and tools are dropped as long as `stillFails`
 * says so. The system message and the last user turn stay. The predicate scores what was recorded and calls nobody.
 */
export const minimiseRequest = (request: ChatRequest, stillFails: (smaller: ChatRequest) => boolean): ChatRequest => {
  let smallest = request
  let steps = 0
  const attempt = (smaller: ChatRequest | null): boolean => {
    if (smaller === null || steps >= MAX_STEPS) return false
    steps++
    if (!stillFails(smaller)) return false
    smallest = smaller
    return true
  }
  // Halves first: most conversations can lose most of their turns at once.
  for (let share = Math.floor(droppableTurns(request) / 2); share >= 1;) {
    if (!attempt(withoutTurns(smallest, share))) share = Math.floor(share / 2)
    else share = Math.min(share, droppableTurns(smallest))
    if (steps >= MAX_STEPS) break
  }
  attempt(withoutTools(smallest))
  for (let index = (smallest.tools?.length ?? 0) - 1; index >= 0; index--) attempt(withoutTool(smallest, index))
  return smallest
}

const isInstruction = (role: string): boolean => role === 'system' || role === 'developer'

/** How many turns stand before the last user turn; a tool's answer stays with the call it answers. */
const droppableTurns = ({ messages }: ChatRequest): number => {
  const turns = messages.filter(({ role }) => !isInstruction(role))
  const last = turns.findLastIndex(({ role }) => role === 'user')
  return Math.max(0, last)
}

const withoutTurns = (request: ChatRequest, count: number): ChatRequest | null => {
  if (count < 1 || count > droppableTurns(request)) return null
  let dropped = 0
  const messages = request.messages.filter(({ role }) => isInstruction(role) || dropped++ >= count)
  const first = messages.find(({ role }) => !isInstruction(role))
  return first?.role === 'tool' || first?.role === 'function' ? null : { ...request, messages }
}

const withoutTools = (request: ChatRequest): ChatRequest | null => {
  if (!request.tools || request.tools.length === 0) return null
  const { tools: _tools, tool_choice: _choice, ...rest } = request as ChatRequest & { tool_choice?: unknown }
  return rest
}

const withoutTool = (request: ChatRequest, index: number): ChatRequest | null =>
  request.tools && request.tools.length > 1
    ? { ...request, tools: request.tools.filter((_, at) => at !== index) }
    : null
