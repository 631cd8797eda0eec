import { parsePassAt, passAtVerdict, targetVerdict, type PlannedCase, type RepeatsVerdict } from '@assay/core'

type Group = { passes: number; total: number; running: number; verdict: RepeatsVerdict }

/** The repeats of cases that stop as soon as they are decided: `2/3`, or two pass rates to tell apart. */
export const createRepeatGroups = () => {
  const groups = new Map<string, Group>()
  let saved = 0
  const keyOf = ({ caseKey, model }: PlannedCase): string => JSON.stringify([caseKey, model])
  const isGroup = ({ passAt, target }: PlannedCase): boolean => passAt !== undefined || target !== undefined
  return {
    /** What may happen to the next repeat of a case: `wait` while those under way might decide it. */
    next(planned: PlannedCase): 'start' | 'wait' | 'saved' {
      if (!isGroup(planned)) return 'start'
      const group = groups.get(keyOf(planned)) ?? { passes: 0, total: 0, running: 0, verdict: 'undecided' }
      groups.set(keyOf(planned), group)
      if (group.verdict !== 'undecided') {
        saved++
        return 'saved'
      }
      if (group.running >= leastToDecide(planned, group)) return 'wait'
      group.running++
      return 'start'
    },
    /** Counts a repeat that ended. */
    ended(planned: PlannedCase, isPass: boolean): void {
      const group = groups.get(keyOf(planned))
      if (!group) return
      group.running--
      group.total++
      if (isPass) group.passes++
      group.verdict = verdictOf(planned, group)
    },
    saved: () => saved,
    /** Cases whose repeats did not end in a pass. */
    notPassed: () => [...groups.values()].filter(({ verdict }) => verdict !== 'passed').length,
    isGroup,
  }
}

/** No more repeats of one case than this are under way at once. */
const MOST_AHEAD = 100

const verdictOf = ({ passAt, target }: PlannedCase, seen: { passes: number; total: number }): RepeatsVerdict => {
  if (passAt !== undefined) return passAtVerdict(parsePassAt(passAt)!, seen)
  return targetVerdict(target!, seen)
}

/** The fewest further repeats that could decide it, all passing or all failing. */
const leastToDecide = (planned: PlannedCase, { passes, total }: { passes: number; total: number }): number => {
  for (let more = 1; more < MOST_AHEAD; more++) {
    const allPass = verdictOf(planned, { passes: passes + more, total: total + more })
    const allFail = verdictOf(planned, { passes, total: total + more })
    if (allPass !== 'undecided' || allFail !== 'undecided') return more
  }
  return MOST_AHEAD
}
