import { formatUsd } from '../money.ts'
import { type Alert, alertEvents } from './alert.ts'
import type { deliveryKinds } from './alert-rule.ts'

/** What people are told: never a question or an answer of a request. */
export type AlertNews = {
  kind: (typeof deliveryKinds)[number]
  alert: Pick<
    Alert,
    'id' | 'rule' | 'object' | 'severity' | 'title' | 'details' | 'count' | 'at' | 'lastAt' | 'resolvedAt'
  > | null
  workspace: { id: string; name: string }
  /** Where a person reads more. */
  link: string
  at: string
}

/** A message in words. */
export type AlertMessage = { subject: string; lines: string[]; link: string }

/** The message that a mail and a chat carry: title, why, counts, a link. */
export const messageOf = ({ kind, alert, workspace, link }: AlertNews): AlertMessage => {
  if (kind === 'test' || alert === null) {
    return { subject: `Assay: a test for ${oneLine(workspace.name)}`, lines: ['This channel works.'], link }
  }
  const state =
    kind === 'resolved' ? 'Resolved' : { info: 'Info', warning: 'Warning', critical: 'Critical' }[alert.severity]
  const title = oneLine(alert.title)
  return {
    subject: `${state}: ${title} (${oneLine(workspace.name)})`,
    lines: [
      kind === 'resolved' ? `This is over: ${title}.` : `${title}.`,
      `Why: ${alert.rule}, ${alertEvents[alert.rule]}.`,
      ...Object.entries(alert.details).flatMap(([name, value]) => factOf(name, value)),
      ...(alert.count > 1 ? [`Found ${alert.count} times since ${alert.at}.`] : [`Found at ${alert.at}.`]),
    ],
    link,
  }
}

/** One figure of an alert as a line; what is no figure and no short text is left out. */
const factOf = (name: string, given: unknown): string[] => {
  const words = name
    .replace(/NanoUsd$/, '')
    .replace(/([A-Z])/g, ' $1')
    .toLowerCase()
  const value = Array.isArray(given) && given.every((each) => typeof each === 'string') ? given.join(', ') : given
  if (typeof value === 'number') {
    if (name.endsWith('NanoUsd')) return [`${words}: ${formatUsd(value)}`]
    if (name.endsWith('Share')) return [`${words}: ${Math.round(value * 1_000) / 10} %`]
    return [`${words}: ${value}`]
  }
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_FACT
    ? [`${words}: ${oneLine(value)}`]
    : []
}

const LONGEST_FACT = 200

/** The same as HTML, every text escaped. */
export const htmlOf = ({ lines, link }: AlertMessage): string =>
  [
    '<!doctype html><html lang="en"><body style="font-family:system-ui,sans-serif;line-height:1.5">',
    ...lines.map((line, place) =>
      place === 0 ? `<p><strong>${escapeHtml(line)}</strong></p>` : `<p>${escapeHtml(line)}</p>`,
    ),
    `<p><a href="${escapeHtml(link)}">Open in Assay</a></p>`,
    '</body></html>',
  ].join('\n')

/** The same in plain words. */
export const textOfMessage = ({ lines, link }: AlertMessage): string => `${[...lines, '', link].join('\n')}\n`

/** What Slack, and whoever reads its webhooks, takes. */
export const slackOf = ({ subject, lines, link }: AlertMessage): { text: string; blocks: object[] } => {
  const text = [`*${escapeSlack(subject)}*`, ...lines.slice(1).map(escapeSlack), `<${link}|Open in Assay>`].join('\n')
  return {
    text: `${escapeSlack(subject)} ${link}`,
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text: text.slice(0, LONGEST_BLOCK) } }],
  }
}

/** Slack refuses a longer text in one block. */
const LONGEST_BLOCK = 3_000

/** What a webhook carries, in the form of Standard Webhooks. */
export const webhookOf = ({ kind, alert, workspace, link, at }: AlertNews) => ({
  type: kind === 'test' ? 'alert.test' : `alert.${kind}`,
  timestamp: at,
  data: { alert, workspaceId: workspace.id, url: link },
})

const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (letter) => entities[letter]!)

/** Slack reads these three as its own, and `@channel` only between angle brackets. */
const escapeSlack = (text: string): string => text.replaceAll(/[&<>]/g, (letter) => entities[letter]!)
