import type { Gate, GateReason, GateTest } from '@assay/core'
import { attribute, content, seconds } from './junit.ts'
import { codeText, markdownText } from './markdown-text.ts'

/** What a gate said as JUnit's XML: each test a case; what closes it fails, what blocks nothing is skipped. */
export const gateJUnit = (gate: Gate): string => {
  const cases = [...gate.tests.map((test) => caseText(gate, test)), ...gate.reasons.filter(isOfAll).map(reasonText)]
  const failures = cases.filter(({ end }) => end === 'failure').length
  const errors = cases.filter(({ end }) => end === 'error').length
  const skipped = cases.filter(({ end }) => end === 'skipped').length
  const durationMs = gate.tests.reduce((sum, test) => sum + (test.durationMs ?? 0), 0)
  const counts = `tests="${cases.length}" failures="${failures}" errors="${errors}" skipped="${skipped}" time="${seconds(durationMs)}"`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="assay gate" ${counts}>`,
    `<testsuite name="assay gate" timestamp="${gate.at.slice(0, 19)}" ${counts}>`,
    ...cases.map(({ text }) => text),
    '</testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

const isOfAll = ({ testId }: GateReason): boolean => testId === null

type Case = { end: 'passed' | 'failure' | 'error' | 'skipped'; text: string }

const caseText = ({ reasons }: Gate, test: GateTest): Case => {
  const own = reasons.filter(({ testId }) => testId === test.id)
  const { end, body } = bodyOf(own, test)
  const time = test.durationMs === null ? '' : ` time="${seconds(test.durationMs)}"`
  const opening = `<testcase name="${attribute(test.name)}" classname="${attribute(`assay.${test.kind}`)}"${time}`
  return { end, text: body === '' ? `${opening}/>` : `${opening}>\n${body}\n</testcase>` }
}

const bodyOf = (own: readonly GateReason[], test: GateTest): { end: Case['end']; body: string } => {
  const [first] = own
  if (first === undefined) {
    return test.isRequired
      ? { end: 'passed', body: '' }
      : { end: 'skipped', body: `<skipped message="${attribute(`${standingWords[test.standing]}. ${test.note}`)}"/>` }
  }
  const text = content(own.map(reasonLines).join('\n\n'))
  const message = attribute(own.map((reason) => reason.message).join(' '))
  const end = test.isBlocking ? 'failure' : 'error'
  return { end, body: `<${end} type="${first.code}" message="${message}">${text}</${end}>` }
}

const reasonText = ({ code, message }: GateReason): Case => {
  const end = code === 'no_tests' ? 'failure' : 'error'
  const body = `<${end} type="${code}" message="${attribute(message)}"/>`
  return { end, text: `<testcase name="the gate" classname="assay.gate">\n${body}\n</testcase>` }
}

const reasonLines = ({ message, expected, actual }: GateReason): string =>
  [
    message,
    ...(expected === undefined ? [] : [`expected: ${expected}`]),
    ...(actual === undefined ? [] : [`actual: ${actual}`]),
  ].join('\n')

/** What a standing means, for people. */
export const standingWords: Record<GateTest['standing'], string> = {
  guards: 'Guards',
  tolerated: 'Not critical, blocks nothing',
  quarantined: 'In quarantine, blocks nothing',
  known_red: 'Known to be red, blocks nothing',
  unproven: 'Never seen to fail, blocks nothing',
}

/** What a gate said as Markdown, for the summary of a CI job or a comment. */
export const gateMarkdown = (gate: Gate): string => {
  const { state, policy, tests, reasons, warnings } = gate
  const required = tests.filter(({ isRequired }) => isRequired)
  const listed = tests.filter(({ isRequired }) => !isRequired)
  return [
    `## ${signs[state]} Assay gate: ${state}`,
    '',
    `${required.length} ${required.length === 1 ? 'test guards' : 'tests guard'}${policy.release === undefined ? '' : ` release ${codeText(policy.release)}`}, ${tests.filter(({ isBlocking }) => isBlocking).length} of them ${state === 'closed' ? 'close it' : 'block'}.`,
    ...warnings.map((warning) => `\n> ${markdownText(warning)}`),
    ...reasons.filter(isOfAll).map(({ message }) => `\n- ${markdownText(message)}`),
    ...(required.length === 0 ? [] : ['', ...testTable(required)]),
    ...failedDetails(reasons),
    ...(listed.length === 0
      ? []
      : [
          '',
          `<details><summary>${listed.length} listed, not blocking</summary>`,
          '',
          ...testTable(listed),
          '',
          '</details>',
        ]),
    '',
  ].join('\n')
}

const signs: Record<Gate['state'], string> = { open: '✅', closed: '❌', unknown: '❓' }

const testTable = (tests: readonly GateTest[]): string[] => [
  '| test | state | last | confidence | trust | |',
  '| --- | --- | --- | ---: | ---: | --- |',
  ...tests.map(
    (test) =>
      `| ${codeText(test.name)} | ${test.state} | ${test.outcome ?? 'never ran'} | ${test.confidence} | ${test.trust} | ${markdownText(test.note)} |`,
  ),
]

const failedDetails = (reasons: readonly GateReason[]): string[] =>
  reasons
    .filter(({ expected }) => expected !== undefined)
    .flatMap(({ test, expected, actual }) => [
      '',
      `- ${codeText(test ?? '')}`,
      `  - expected: ${codeText(expected ?? '')}`,
      `  - actual: ${codeText(actual ?? '')}`,
    ])
