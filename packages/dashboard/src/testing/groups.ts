import { timestamp, type FailureGroup, type FingerprintRule, type GroupChange, type MonitorSettings } from '@assay/core'
import type { Answers } from './answers.ts'
import { idOf } from './random.ts'

const DAY_MS = 86_400_000

/** What the routes of groups answer: one group is like another, and what is merged can be undone. */
export const groupAnswers = ({ groups, now }: { groups: readonly FailureGroup[]; now: number }): Partial<Answers> => {
  const rules: FingerprintRule[] =
    groups.length === 0
      ? []
      : [
          {
            id: idOf(14, 0),
            name: 'overloaded models',
            pattern: 'model (?<model>\\S+) is overloaded',
            template: '{{category}}:{{param.model}}',
            enabled: true,
            disabledReason: null,
            createdAt: timestamp(now - 9 * DAY_MS),
            updatedAt: timestamp(now - 9 * DAY_MS),
          },
        ]
  const settings: MonitorSettings = { bodies: 'on', threshold: 3, countBy: 'occurrences', updatedAt: null }
  const find = (id: string) => groups.find((group) => group.id === id)
  const changeOf = (kind: GroupChange['kind'], fromId: string, intoId: string): GroupChange => ({
    id: idOf(8, 1),
    kind,
    fromId,
    intoId,
    occurrences: 2,
    actor: 'person:1',
    at: timestamp(now),
    undoneAt: null,
  })
  return {
    listFailureFamilies: () => ({
      items: groups
        .filter(({ state }) => state === 'open' || state === 'reopened')
        .map(({ family, category, severity, occurrences, lastSeenAt, id, title, daily }, index) => ({
          family,
          category,
          severity,
          groups: index === 0 ? 3 : 1,
          occurrences,
          lastSeenAt,
          groupId: id,
          title,
          daily,
        })),
    }),
    listSimilarGroups: ({ params: { id } }) => ({
      items: groups.slice(1, 2).flatMap((group) => (group.id === id ? [] : [{ group, similarity: 0.91 }])),
    }),
    mergeFailureGroup: ({ params: { id }, body: { into } }) => {
      const group = find(into)
      return group && { change: changeOf('merge', id, into), group, from: null }
    },
    splitFailureGroup: ({ params: { id }, body: { title } }) => {
      const group = find(id)
      return (
        group && {
          change: changeOf('split', id, idOf(2, 50)),
          group: { ...group, title: title ?? group.title },
          from: group,
        }
      )
    },
    undoGroupChange: ({ params: { id } }) => ({
      ...changeOf('merge', idOf(2, 90), idOf(2, 0)),
      id,
      undoneAt: timestamp(now),
    }),
    listFingerprintRules: () => ({ items: rules }),
    createFingerprintRule: ({ body }) => {
      const rule = { ...rules[0]!, ...body, id: idOf(14, rules.length) }
      rules.push(rule)
      return rule
    },
    updateFingerprintRule: ({ params: { id }, body: { enabled } }) => {
      const rule = rules.find((one) => one.id === id)
      return rule && Object.assign(rule, { enabled: enabled ?? rule.enabled })
    },
    removeFingerprintRule: ({ params: { id } }) => rules.find((one) => one.id === id),
    tryFingerprintRule: () => ({
      looked: 200,
      matched: 12,
      tooSlow: 0,
      groups: [
        {
          key: 'provider:small-instruct',
          fingerprint: '0b7f3d5521ac9e04',
          failures: 12,
          groups: 3,
          example: 'model small-instruct is overloaded',
        },
      ],
    }),
    getMonitorSettings: () => settings,
    updateMonitorSettings: ({ body }) => Object.assign(settings, { ...body, updatedAt: timestamp(now) }),
  }
}
