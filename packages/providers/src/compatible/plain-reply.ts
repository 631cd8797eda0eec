/** The parts of a reply that this look vouches for. */
type Members = Record<string, unknown>

/**
 * True for an ordinary reply or chunk of a stream, of text alone: whatever the lenient schema would read differently
 * has been ruled out, so that it need not run on every chunk. False says nothing.
 */
export const isPlainReply = (json: unknown): boolean =>
  isMembers(json) &&
  isText(json['model']) &&
  isText(json['service_tier']) &&
  (isNothing(json['choices']) || (Array.isArray(json['choices']) && json['choices'].every(isPlainChoice))) &&
  isPlainUsage(json['usage'])

const isPlainChoice = (choice: unknown): boolean =>
  isMembers(choice) &&
  isNumber(choice['index']) &&
  isText(choice['finish_reason']) &&
  isPlainMessage(choice['message']) &&
  isPlainMessage(choice['delta'])

const isPlainMessage = (message: unknown): boolean =>
  isNothing(message) ||
  (isMembers(message) &&
    isText(message['content']) &&
    isText(message['refusal']) &&
    isText(message['reasoning_content']) &&
    isText(message['reasoning']) &&
    isNothing(message['tool_calls']) &&
    !('function_call' in message))

const isPlainUsage = (usage: unknown): boolean =>
  isNothing(usage) ||
  (isMembers(usage) &&
    isNumber(usage['prompt_tokens']) &&
    isNumber(usage['completion_tokens']) &&
    areNumbers(usage['prompt_tokens_details']) &&
    areNumbers(usage['completion_tokens_details']) &&
    areNumbers(usage['server_tool_use']))

const areNumbers = (details: unknown): boolean =>
  isNothing(details) || (isMembers(details) && Object.values(details).every(isNumber))

const isText = (value: unknown): boolean => isNothing(value) || typeof value === 'string'

const isNumber = (value: unknown): boolean => isNothing(value) || Number.isFinite(value)

const isNothing = (value: unknown): boolean => value === undefined || value === null

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
