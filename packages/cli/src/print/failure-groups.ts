import type { FailureFamily, FingerprintRule, GroupChange, Regrouping, RuleTrial, SimilarGroup } from '@assay/core'
import { shortIds } from '../ids.ts'
import type { Output } from '../terminal/output.ts'
import { sparkline } from './chart.ts'
import { table } from './table.ts'
import { relativeTime } from './time.ts'
import { plain } from './width.ts'

type Look = { out: Output }

/** Families of open groups as a table. */
export const familyTable = (rows: readonly FailureFamily[], { out, now }: Look & { now: number }): string =>
  table(
    rows,
    [
      { name: 'family', cell: ({ family }) => family, flexible: true },
      { name: 'newest', cell: ({ title }) => title, flexible: true, spare: 1 },
      { name: 'severity', cell: ({ severity }) => severity },
      { name: 'groups', cell: ({ groups }) => String(groups), align: 'right' },
      { name: 'count', cell: ({ occurrences }) => String(occurrences), align: 'right' },
      { name: '14 days', cell: ({ daily }) => sparkline(daily) },
      { name: 'last seen', cell: ({ lastSeenAt }) => relativeTime(lastSeenAt, now) },
    ],
    out,
  )

/** Groups that another reads like. */
export const similarTable = (rows: readonly SimilarGroup[], { out }: Look): string => {
  const short = shortIds(rows.map(({ group }) => group.id))
  return table(
    rows,
    [
      { name: 'id', cell: ({ group }) => short(group.id), paint: out.colours.dim },
      { name: 'alike', cell: ({ similarity }) => `${Math.floor(similarity * 100)} %`, align: 'right' },
      { name: 'title', cell: ({ group }) => group.title, flexible: true },
      { name: 'count', cell: ({ group }) => String(group.occurrences), align: 'right' },
      { name: 'state', cell: ({ group }) => group.state },
    ],
    out,
  )
}

/** Merges, splits and regroupings. */
export const changeTable = (rows: readonly GroupChange[], { out, now }: Look & { now: number }): string => {
  const short = shortIds(rows.flatMap(({ id, fromId, intoId }) => [id, fromId ?? '', intoId ?? '']))
  return table(
    rows,
    [
      { name: 'id', cell: ({ id }) => short(id), paint: out.colours.dim },
      { name: 'what', cell: ({ kind }) => kind },
      { name: 'from', cell: ({ fromId }) => (fromId === null ? 'several' : short(fromId)) },
      { name: 'into', cell: ({ intoId }) => (intoId === null ? 'several' : short(intoId)) },
      { name: 'count', cell: ({ occurrences }) => String(occurrences), align: 'right' },
      { name: 'when', cell: ({ at }) => relativeTime(at, now) },
      { name: 'by', cell: ({ actor }) => actor, flexible: true, spare: 1 },
      { name: 'state', cell: ({ undoneAt }) => (undoneAt === null ? 'holds' : 'undone') },
    ],
    out,
  )
}

/** The workspace's own rules. */
export const ruleTable = (rows: readonly FingerprintRule[], { out }: Look): string => {
  const short = shortIds(rows.map(({ id }) => id))
  return table(
    rows,
    [
      { name: 'id', cell: ({ id }) => short(id), paint: out.colours.dim },
      { name: 'name', cell: ({ name }) => name, flexible: true },
      { name: 'pattern', cell: ({ pattern }) => pattern, flexible: true },
      { name: 'grouped as', cell: ({ template }) => template, flexible: true },
      { name: 'state', cell: ({ enabled, disabledReason }) => (enabled ? 'on' : (disabledReason ?? 'off')) },
    ],
    out,
  )
}

/** What a rule would match. */
export const trialText = ({ looked, matched, tooSlow, groups }: RuleTrial, { out }: Look): string => {
  const head = `Matches ${matched} of the ${looked} newest failures.`
  const slow = tooSlow > 0 ? [`The pattern took too long on ${tooSlow}; as a rule it would be switched off.`] : []
  if (groups.length === 0) return [head, ...slow].join('\n')
  const rows = table(
    groups,
    [
      { name: 'grouped as', cell: ({ key }) => key, flexible: true },
      { name: 'failures', cell: ({ failures }) => String(failures), align: 'right' },
      { name: 'groups today', cell: (one) => String(one.groups), align: 'right' },
      { name: 'for example', cell: ({ example }) => example, flexible: true, spare: 1 },
    ],
    out,
  )
  return [head, ...slow, '', rows].join('\n')
}

/** What grouping anew does, or has done. */
export const regroupText = (effect: Regrouping, { out }: Look): string => {
  const { dryRun, moved, looked, isComplete, moves, change, groupingVersion } = effect
  const rest = isComplete ? '' : ' Older ones were not looked at.'
  if (moved === 0)
    return `Of ${looked} failures all are where the rules of today (version ${groupingVersion}) put them.${rest}`
  const verb = dryRun ? 'would move' : 'moved'
  const rows = table(
    moves,
    [
      { name: 'failures', cell: ({ failures }) => String(failures), align: 'right' },
      { name: 'from', cell: ({ from }) => from.title, flexible: true },
      { name: 'into', cell: ({ into }) => into?.title ?? 'a new group', flexible: true },
      { name: 'why', cell: ({ why }) => why, flexible: true, spare: 1 },
    ],
    out,
  )
  const next = change ? `Undo it with: assay failures undo ${plain(change.id)}` : 'Add --yes to do it.'
  return [`${moved} of ${looked} failures ${verb}.${rest}`, '', rows, '', next].join('\n')
}
