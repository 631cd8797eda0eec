import { AssayError, isAssayError, repairMessages, unscoredCode, type ChatMessage, type Question } from '@assay/core'

/** Asks a judge and reads its reply; one that cannot be read is asked for once more, and no further. */
export const askJudge = async <Reply>(
  question: Question<Reply>,
  { model, say }: { model: string; say: (messages: ChatMessage[]) => Promise<string> },
): Promise<Reply> => {
  const first = await say(question.messages)
  const reply = readReply(question, first)
  if ('read' in reply) return reply.read
  const second = await say(repairMessages(question, first))
  const repaired = readReply(question, second)
  if ('read' in repaired) return repaired.read
  throw new AssayError('assertion.judge_unreadable', { model, reason: repaired.problem })
}

/** Any error of a call to a judge as one that leaves its assertion unscored. */
export const judgeError = (error: unknown, model: string): unknown => {
  if (isAssayError(error) && unscoredCode(error)) return error
  const reason = error instanceof Error ? error.message.replace(/\.$/, '') : String(error)
  return new AssayError('assertion.judge_unavailable', { model, reason }, { cause: error })
}

/**
 * The whole reply must be the object that was asked for: an object somewhere within words might be one that the judged
 * text brought along.
 */
const readReply = <Reply>(question: Question<Reply>, said: string): { read: Reply } | { problem: string } => {
  const text = bare(said)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    const read = question.readText?.(text) ?? null
    return read === null ? { problem: `it is no JSON: ${quoted(text)}` } : { read }
  }
  const parsed = question.reply.safeParse(value)
  if (parsed.success) return { read: parsed.data }
  const read = question.readText && typeof value !== 'object' ? question.readText(text) : null
  if (read) return { read }
  const [issue] = parsed.error.issues
  const place = issue && issue.path.length > 0 ? `${issue.path.join('.')}: ` : ''
  return { problem: `${place}${issue?.message ?? 'it has another shape'}: ${quoted(text)}` }
}

/** Without the thoughts that some models put before an answer, and without a fence around the whole. */
const bare = (said: string): string => {
  const text = said.replace(/^\s*<think>[^]*?<\/think>/, '').trim()
  return /^```(?:json)?\s*\n([^]*)\n\s*```$/.exec(text)?.[1]?.trim() ?? text
}

const quoted = (text: string): string => JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text)
