import type { Answer, CaseResult, PlannedCase } from '@assay/core'
import { comparesAnswers } from './run-case.ts'

type Rivals = Answer['rivals']
type Member = { model: string; caseKey: string; output: string | null; onComplete: ((rivals: Rivals) => void) | null }
type Group = { expected: number; members: Member[] }

/** The answers to the same case over models and prompts: each waits for the others, so that they can be compared. */
export const createRivals = ({ models }: { models: number }) => {
  const groups = new Map<string, Group>()
  let waiting = 0
  const keyOf = ({ siblings, repeat }: PlannedCase): string => `${siblings.number} ${repeat}`

  const release = (key: string, group: Group): void => {
    groups.delete(key)
    const present = group.members.filter(({ output }) => output !== null)
    // By name, so that what a judge is asked does not depend on who was faster.
    present.sort((a, b) => (a.model + a.caseKey < b.model + b.caseKey ? -1 : 1))
    const outputs = present.map(({ output }) => output!)
    const models = present.map(({ model }) => model)
    for (const member of group.members) {
      if (!member.onComplete) continue
      waiting--
      member.onComplete({ outputs, models, place: present.indexOf(member), expected: group.expected })
    }
  }

  const arrive = (planned: PlannedCase, output: string | null, onComplete: Member['onComplete']): void => {
    const key = keyOf(planned)
    const group = groups.get(key) ?? { expected: models * planned.siblings.prompts, members: [] }
    groups.set(key, group)
    const { model, caseKey } = planned
    if (group.members.some((member) => member.model === model && member.caseKey === caseKey)) return
    if (onComplete) waiting++
    group.members.push({ model, caseKey, output, onComplete })
    if (group.members.length >= group.expected) release(key, group)
  }

  return {
    compares: (planned: PlannedCase): boolean =>
      [planned.assertions, planned.opening, ...planned.steps.map(({ assertions }) => assertions)].some((list) =>
        list.some(comparesAnswers),
      ),
    /** An answer that is to be compared: resolves when all the others are there. */
    meet: (planned: PlannedCase, output: string, onComplete: (rivals: Rivals) => void): void =>
      arrive(planned, output, onComplete),
    /** There is no case under way: it failed or was skipped, or its result is of an earlier part of the run. */
    known: (planned: PlannedCase, result: CaseResult | null): void => arrive(planned, result?.response ?? null, null),
    /** True when answers wait to which the given case belongs. */
    isAwaited: (planned: PlannedCase): boolean => groups.has(keyOf(planned)),
    waiting: (): number => waiting,
    /** Lets all go with the answers there are, when no more can come. */
    releaseAll: (): void => {
      for (const [key, group] of groups) release(key, group)
    },
  }
}
