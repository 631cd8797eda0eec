import { assertionsOf } from '@assay/core'

/** An assertion as a cell of a table writes it. */
type Expected = { type: string; value?: unknown; threshold?: number }

/** Other names of types in cells. */
const aliases: Record<string, string> = { fn: 'javascript', eval: 'javascript', grade: 'llm-rubric' }

/** Types whose value in a cell is a list. */
const listTypes = /^(?:not-)?i?contains-(?:any|all)$/

/**
 * Reads `type:value`, `type(0.8):value` or `type` alone; whatever is none of these is a text that the answer must equal.
 */
export const readExpected = (cell: string): Expected => {
  const [, not = '', written = '', threshold, value] =
    /^(not-)?([a-z][a-z0-9:-]*?)(?:\((\d+(?:\.\d+)?)\))?(?::([^]*))?$/.exec(cell) ?? []
  const name = aliases[written] ?? written
  if (!assertionsOf.promptfoo.has(name)) return { type: 'equals', value: cell }
  const text = value?.trim()
  return {
    type: not + name,
    ...(text !== undefined && text !== '' && { value: listTypes.test(name) ? splitList(text) : text }),
    ...(threshold !== undefined && { threshold: Number(threshold) }),
    ...(/^(?:latency|cost)$/.test(name) &&
      threshold === undefined &&
      text && { value: undefined, threshold: Number(text) }),
  }
}

const splitList = (text: string): string[] => text.split(',').map((item) => item.trim())
