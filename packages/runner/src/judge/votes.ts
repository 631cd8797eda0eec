import { isAssayError, unscoredCode, type Finding, type Verdict } from '@assay/core'

/** What one asking of a judge came to: a finding, or why there is none. */
export type Vote = { finding: Finding } | { unscored: { code: NonNullable<Verdict['unscored']>; message: string } }

/** A vote out of a check; what is wrong with the assertion itself is no vote and is thrown on. */
export const voteOf = async (check: () => Finding | Promise<Finding>): Promise<Vote> => {
  try {
    return { finding: await check() }
  } catch (error) {
    const code = isAssayError(error) ? unscoredCode(error) : null
    if (code) return { unscored: { code, message: (error as Error).message } }
    throw error
  }
}

type Counted = Pick<Verdict, 'pass' | 'score' | 'reason' | 'expected' | 'actual' | 'unscored'> & {
  votes?: NonNullable<Verdict['judge']>['votes']
  agreement?: number
}

const notAsked = { code: 'assertion.judge_unavailable', message: 'the judge was not asked' } as const

/** What several votes come to: what more than half of them say, with the mean of their scores. */
export const countVotes = (votes: readonly Vote[]): Counted => {
  const findings = votes.flatMap((vote) => ('finding' in vote ? [vote.finding] : []))
  const [first] = votes
  if (findings.length === 0) {
    const { code, message } = first && 'unscored' in first ? first.unscored : notAsked
    return { pass: false, score: 0, reason: message, unscored: code }
  }
  if (votes.length === 1) return told(findings[0]!)
  const passes = findings.filter(({ pass }) => pass).length
  const pass = passes * 2 > findings.length
  const agreeing = pass ? passes : findings.length - passes
  const spoken = findings.find((finding) => finding.pass === pass) ?? findings[0]!
  return {
    ...told(spoken),
    pass,
    score: findings.reduce((sum, { score }) => sum + score, 0) / findings.length,
    reason: `${agreeing} of ${findings.length} verdicts agree: ${spoken.reason}`,
    agreement: agreeing / findings.length,
    votes: votes.map((vote) =>
      'finding' in vote
        ? { pass: vote.finding.pass, score: vote.finding.score, reason: vote.finding.reason }
        : { pass: false, score: 0, reason: vote.unscored.message, unscored: true },
    ),
  }
}

const told = ({ pass, score, reason, expected, actual }: Finding): Counted => ({
  pass,
  score,
  reason,
  ...(!pass && expected !== undefined && { expected }),
  ...(!pass && actual !== undefined && { actual }),
})
