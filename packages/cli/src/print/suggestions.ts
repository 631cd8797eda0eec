import { formatUsd, type RegressionTest, type Suggestion } from '@assay/core'
import { shortIds } from '../ids.ts'
import type { Output } from '../terminal/output.ts'
import { plain } from './width.ts'

/** Suggestions by test, each with its difference. */
export const suggestionsText = (
  rows: readonly { test: RegressionTest; suggestion: Suggestion }[],
  out: Output,
): string => {
  const short = shortIds(rows.map(({ suggestion }) => suggestion.id))
  const byTest = Map.groupBy(rows, ({ test }) => test.name)
  return [...byTest]
    .map(([name, own]) =>
      [
        out.colours.bold(plain(name)),
        ...own.map(({ suggestion }) =>
          indent(`${out.colours.dim(short(suggestion.id))}  ${suggestionText(suggestion, out)}`),
        ),
      ].join('\n'),
    )
    .join('\n\n')
}

/** One suggestion: what, why, the difference, and what was seen of it. */
export const suggestionText = (suggestion: Suggestion, { colours }: Output): string => {
  const { title, rule, why, before, after, proof, state, costNanoUsd } = suggestion
  return [
    `${plain(title)}  ${colours.dim(rule)}${state === 'open' ? '' : `  ${colours.green(state)}`}`,
    colours.dim(plain(why)),
    ...differenceOf(before, after).map((line) =>
      line.startsWith('-') ? colours.red(plain(line)) : colours.green(plain(line)),
    ),
    ...(proof === null
      ? []
      : [`${proof.isVerified ? '✓' : '✗'} red: ${plain(proof.red)}`, `  green: ${plain(proof.green)}`]),
    ...(costNanoUsd > 0 ? [colours.dim(`it cost ${formatUsd(costNanoUsd)}`)] : []),
  ].join('\n')
}

/** Lines that only one side has, written as JSON. */
const differenceOf = (before: unknown, after: unknown): string[] => {
  const linesOf = (value: unknown) =>
    JSON.stringify(value, null, 2)
      .split('\n')
      .slice(1, -1)
      .map((line) => line.replace(/,$/, ''))
  const [old, next] = [linesOf(before), linesOf(after)]
  return [
    ...old.filter((line) => !next.includes(line)).map((line) => `- ${line.trim()}`),
    ...next.filter((line) => !old.includes(line)).map((line) => `+ ${line.trim()}`),
  ]
}

const indent = (text: string): string => text.split('\n').join('\n    ').replace(/^/, '  ')
