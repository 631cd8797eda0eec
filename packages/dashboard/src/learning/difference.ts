/** The lines of two values as JSON that only one of them has, those that go first. */
export const differenceOf = (before: unknown, after: unknown): string[] => {
  const [old, next] = [linesOf(before), linesOf(after)]
  return [
    ...old.filter((line) => !next.includes(line)).map((line) => `- ${line}`),
    ...next.filter((line) => !old.includes(line)).map((line) => `+ ${line}`),
  ]
}

/** Without the outer braces and their step to the right; a comma says nothing of a line. */
const linesOf = (value: unknown): string[] =>
  (JSON.stringify(value, null, 2) ?? '')
    .split('\n')
    .slice(1, -1)
    .map((line) => line.slice(2).replace(/,$/, ''))
