import { findJsonBlocks } from './json.ts'

/**
 * The JSON texts that stand by themselves: from the beginning of a line to the end of one, outside of fences. What
 * stands within a sentence or a fence is an example of something, and not that thing.
 */
export const standaloneJson = (text: string): string[] => {
  const plain = withoutFences(text)
  return findJsonBlocks(plain).flatMap(({ start, end, block }) => {
    const lineStart = plain.lastIndexOf('\n', start - 1) + 1
    const nextLine = plain.indexOf('\n', end)
    const before = plain.slice(lineStart, start)
    const after = plain.slice(end, nextLine === -1 ? undefined : nextLine)
    return before.trim() === '' && after.trim() === '' ? [block] : []
  })
}

type Fence = { mark: string; indent: number }

/** The text with the lines of its fences left out; one that is not closed goes on to the end. */
const withoutFences = (text: string): string => {
  let open: Fence | null = null
  const lines = text.split(/\r?\n/).map((line) => {
    const wasOpen: Fence | null = open
    if (open && isClosing(line, open)) open = null
    else open ??= openingOf(line)
    return wasOpen || open ? '' : line
  })
  return lines.join('\n')
}

/** CommonMark §4.5: three marks or more, in a list too; what follows backticks holds none. */
const openingOf = (line: string): Fence | null => {
  const [, before = '', mark = '', info = ''] = /^(\s*(?:[-*+] +|\d{1,9}[.)] +)?)(`{3,}|~{3,})(.*)$/.exec(line) ?? []
  if (mark === '' || (mark.startsWith('`') && info.includes('`'))) return null
  return { mark, indent: before.length }
}

const isClosing = (line: string, { mark, indent }: Fence): boolean => {
  const [, before = '', closing = ''] = /^(\s*)(`{3,}|~{3,})\s*$/.exec(line) ?? []
  return closing[0] === mark[0] && closing.length >= mark.length && before.length <= indent + 3
}
