import { firstDifference, toolCallText, type CaseResult, type Verdict } from '@assay/core'
import type { Format, RunBegan, RunEnded } from './format.ts'

/** Room for the opening tags, whose counts are known last. */
const HEAD_BYTES = 2_048

/** JUnit's XML as build servers read it; what failed says assertion, expected, actual and where they part. */
export const junitFormat = (): Format => {
  let suite = 'suite'
  let began: RunBegan | null = null
  return {
    start: (given) => {
      began = given
      suite = given.name
      return ' '.repeat(HEAD_BYTES)
    },
    result: (result) => caseText(result, suite),
    end: () => '</testsuite>\n</testsuites>\n',
    head: (ended) => headText(ended, { name: suite, startedAt: began?.startedAt ?? ended.startedAt }),
  }
}

const headText = ({ totals }: RunEnded, { name, startedAt }: { name: string; startedAt: string }): string => {
  const counts =
    `tests="${totals.total}" failures="${totals.failed}" errors="${totals.error}" ` +
    `skipped="${totals.skipped + totals.unscored}" time="${seconds(totals.durationMs)}"`
  const called = attribute(name.slice(0, 200))
  const opening = (title: string) =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${title}" ${counts}>\n<testsuite name="${title}" timestamp="${startedAt.slice(0, 19)}" ${counts}`
  // A long name of letters that take many bytes is shortened further, so that the tags keep their room.
  const full = opening(called)
  const text = Buffer.byteLength(full) < HEAD_BYTES - 2 ? full : opening('suite')
  return `${text}${' '.repeat(HEAD_BYTES - 2 - Buffer.byteLength(text))}>\n`
}

const caseText = (result: CaseResult, suite: string): string => {
  const { title, model, repeat, durationMs, response } = result
  const name = attribute(repeat > 1 ? `${title} (${repeat})` : title)
  const opening = `<testcase name="${name}" classname="${attribute(`${suite}.${model}`)}" time="${seconds(durationMs)}"`
  const body = outcomeText(result)
  if (body === '') return `${opening}/>\n`
  const said = response === null ? '' : `<system-out>${content(response)}</system-out>\n`
  return `${opening}>\n${body}${said}</testcase>\n`
}

const outcomeText = ({ status, reason, error, verdicts, toolCalls = [] }: CaseResult): string => {
  if (status === 'passed') return ''
  if (status === 'skipped') return `<skipped message="${attribute(reason ?? '')}"/>\n`
  if (status === 'unscored') return `<skipped message="${attribute(`unscored: ${reason ?? ''}`)}"/>\n`
  const wrong = verdicts.filter(({ pass }) => !pass)
  const calls = toolCalls.length > 0 ? [`tool calls:\n${toolCalls.map(toolCallText).join('\n')}`] : []
  const body = content([...wrong.map(verdictText), ...calls].join('\n\n'))
  if (status === 'error') {
    const { code, message } = error ?? { code: 'error', message: wrong[0]?.reason ?? '' }
    return `<error type="${attribute(code)}" message="${attribute(message)}">${body}</error>\n`
  }
  const [first] = wrong
  const message = first?.reason ?? error?.message ?? reason ?? 'the score lies below the threshold'
  return `<failure type="${attribute(first?.type ?? error?.code ?? 'threshold')}" message="${attribute(message)}">${body}</failure>\n`
}

const verdictText = (verdict: Verdict): string => {
  const { type, reason, expected, actual, members = [] } = verdict
  const difference = differenceOf(verdict)
  return [
    `${type}: ${reason}`,
    ...(expected === undefined ? [] : [`expected: ${expected}`]),
    ...(actual === undefined ? [] : [`actual: ${actual}`]),
    ...(difference === null ? [] : [`difference: ${difference.replace(/^first difference /, '')}`]),
    ...members.filter(({ pass }) => !pass).map((member) => verdictText(member)),
  ].join('\n')
}

/** Where two texts part, without the quotes that both may stand in; a text and a demand in words do not part anywhere. */
const differenceOf = ({ expected, actual }: Verdict): string | null => {
  if (expected === undefined || actual === undefined) return null
  const [wanted, got] = [quotedText(expected), quotedText(actual)]
  if (wanted === null && got === null) return firstDifference(expected, actual)
  return wanted === null || got === null ? null : firstDifference(wanted, got)
}

/** The text that stands in quotes, as excerpts are written. */
const quotedText = (quoted: string): string | null => {
  try {
    const text: unknown = JSON.parse(quoted.replace(/…$/, ''))
    return typeof text === 'string' ? text : null
  } catch {
    return null
  }
}

/** Seconds as a report writes them. */
export const seconds = (milliseconds: number): string => (milliseconds / 1_000).toFixed(3)

// XML 1.0 §2.2: neither these nor half a pair of surrogates may stand in a document, not even escaped.
// oxlint-disable-next-line no-control-regex -- these very characters are what must not be in the file
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g
const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Text that may stand in an XML document. */
export const content = (text: string): string =>
  text
    .toWellFormed()
    .replace(FORBIDDEN, '\uFFFD')
    .replace(/[&<>"]/g, (letter) => entities[letter]!)

/** The same in one line, for an attribute. */
export const attribute = (text: string): string => content(text).replace(/\s+/g, ' ').slice(0, 2_000)
