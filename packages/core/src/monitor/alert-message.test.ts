import fc from 'fast-check'
import { expect, test } from 'vitest'
import { htmlOf, messageOf, slackOf, textOfMessage, webhookOf, type AlertNews } from './alert-message.ts'

const news = (title: string, details: Record<string, unknown> = {}): AlertNews => ({
  kind: 'raised',
  alert: {
    id: '0199c3f2-77aa-7c41-9d55-0a3f0e6d1b2c',
    rule: 'cost.high',
    object: 'workspace',
    severity: 'warning',
    title,
    details,
    count: 1,
    at: '2026-11-20T10:00:00.000Z',
    lastAt: '2026-11-20T10:00:00.000Z',
    resolvedAt: null,
  },
  workspace: { id: '0199c3f2-77aa-7c41-9d55-0a3f0e6d1b2d', name: 'Shop' },
  link: 'https://assay.example.com/w/shop/schedules',
  at: '2026-11-20T10:00:00.000Z',
})

test('a message says what, why, how much, and where to read more', () => {
  const message = messageOf(news('Today has cost $4.00', { costNanoUsd: 4_000_000_000, errorShare: 0.125, list: [1] }))
  expect(message.subject).toBe('Warning: Today has cost $4.00 (Shop)')
  expect(textOfMessage(message)).toBe(
    [
      'Today has cost $4.00.',
      'Why: cost.high, the workspace: a day that costs more than 1.5 times the same weekday, and at least $1.',
      'cost: $4.00',
      'error share: 12.5 %',
      'Found at 2026-11-20T10:00:00.000Z.',
      '',
      'https://assay.example.com/w/shop/schedules',
      '',
    ].join('\n'),
  )
  expect(messageOf({ ...news('Slow'), kind: 'resolved' }).subject).toBe('Resolved: Slow (Shop)')
})

test('whatever a title holds, it is text in HTML and Slack, and one line in a subject', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (title) => {
      const message = messageOf(news(title))
      expect(message.subject).not.toMatch(/[\r\n]/)
      expect(
        htmlOf(message).replaceAll(/<\/?(?:!doctype html|html lang="en"|html|body[^>]*|p|strong|a[^>]*)>/g, ''),
      ).not.toMatch(/[<>]/)
      const { text } = slackOf(message).blocks[0] as { text: { text: string } }[] & { text: { text: string } }
      expect(text.text.replace(/<https:[^>]*\|Open in Assay>/, '')).not.toMatch(/[<>]/)
    }),
  )
})

test('a webhook carries the alert in the form of Standard Webhooks', () => {
  expect(webhookOf(news('Slow'))).toMatchObject({
    type: 'alert.raised',
    timestamp: '2026-11-20T10:00:00.000Z',
    data: { alert: { rule: 'cost.high', title: 'Slow' }, url: 'https://assay.example.com/w/shop/schedules' },
  })
})
