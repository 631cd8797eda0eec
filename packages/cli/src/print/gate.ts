import type { Gate, GateTest } from '@assay/core'
import { standingWords } from '@assay/runner'
import type { Output } from '../terminal/output.ts'
import { table } from './table.ts'
import { relativeTime } from './time.ts'
import { plain } from './width.ts'

/** What a gate said: the tests that count, why it is not open, and what is only listed. */
export const gateText = (gate: Gate, { out, now }: { out: Output; now: number }): string => {
  const { colours } = out
  const { state, tests, reasons } = gate
  const paint = { open: colours.green, closed: colours.red, unknown: colours.yellow }[state]
  const required = tests.filter(({ isRequired }) => isRequired)
  const listed = tests.filter(({ isRequired }) => !isRequired)
  const rows = (some: readonly GateTest[]) =>
    table(
      some,
      [
        { name: '', cell: signOf },
        { name: 'test', cell: ({ name }) => name, flexible: true },
        { name: 'state', cell: (test) => test.state },
        { name: 'last', cell: ({ outcome }) => outcome ?? 'never ran' },
        { name: 'when', cell: ({ at }) => relativeTime(at, now), spare: 1 },
        { name: 'confidence', cell: ({ confidence }) => String(confidence), align: 'right' },
        { name: 'trust', cell: ({ trust }) => trust.toFixed(1), align: 'right', spare: 2 },
        { name: 'severity', cell: ({ severity }) => severity ?? '—', spare: 3 },
      ],
      out,
    )
  const why = reasons.flatMap(({ test, message, expected, actual }) => [
    `${colours.red('✗')} ${test === null ? '' : `${plain(test)}: `}${plain(expected === undefined ? message : `${message.split(': expected ')[0]}.`)}`,
    ...(expected === undefined ? [] : [`    expected  ${plain(expected)}`, `    actual    ${plain(actual ?? '')}`]),
  ])
  return [
    ...(required.length === 0 ? [] : [rows(required), '']),
    ...(listed.length === 0
      ? []
      : [
          colours.dim('Listed, not blocking'),
          ...listed.map(
            ({ name, standing, note }) =>
              `  ${plain(name)}  ${colours.dim(`${standingWords[standing].split(',')[0]}. ${plain(note)}`)}`,
          ),
          '',
        ]),
    ...(why.length === 0 ? [] : [...why, '']),
    colours.bold(paint(`The gate is ${state}.`)),
  ].join('\n')
}

const signOf = ({ isBlocking, outcome }: GateTest): string => {
  if (isBlocking) return '✗'
  return outcome === 'pass' ? '✓' : '~'
}
