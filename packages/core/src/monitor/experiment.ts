/** What a sequential test says so far. */
export type ExperimentVerdict = 'better' | 'worse' | 'no difference' | 'undecided'

const ALPHA = 0.05
const BETA = 0.1

/** Where one arm is decided, and where two are: the latter at half the error on each side. */
export const rateBounds = { accept: Math.log((1 - BETA) / ALPHA), reject: Math.log(BETA / (1 - ALPHA)) }
export const pairedBounds = { accept: Math.log((1 - BETA) / (ALPHA / 2)), reject: Math.log(BETA / (1 - ALPHA / 2)) }

/** Wald's sequential probability ratio test of a pass rate `better` against a known rate. Looking often costs nothing. */
export const createRateTest = ({ known, better }: { known: number; better: number }) => {
  const { accept, reject } = rateBounds
  const passed = Math.log(better / known)
  const failed = Math.log((1 - better) / (1 - known))
  let ratio = 0
  return {
    /** Counts one execution and says where the test stands; after a decision nothing changes it. */
    observe: (isPass: boolean): ExperimentVerdict => {
      if (ratio < accept && ratio > reject) ratio += isPass ? passed : failed
      if (ratio >= accept) return better > known ? 'better' : 'worse'
      return ratio <= reject ? 'no difference' : 'undecided'
    },
    /** The log-likelihood ratio so far. */
    ratio: () => ratio,
  }
}

/**
 * Two arms on the same cases: only cases on which they disagree count. Two one-sided tests of 0.5 against 0.5 ± `margin`,
 * each at half the error. Ends in 'no difference' when both sides are refused.
 */
export const createPairedTest = ({ margin = 0.15 }: { margin?: number } = {}) => {
  const { accept, reject } = pairedBounds
  const won = Math.log((0.5 + margin) / 0.5)
  const lost = Math.log((0.5 - margin) / 0.5)
  const ratios = { better: 0, worse: 0 }
  const isOpen = (ratio: number): boolean => ratio < accept && ratio > reject
  let verdict: ExperimentVerdict = 'undecided'
  return {
    /** Counts one case with the outcome of both arms; `candidate` is the arm the verdict speaks of. */
    observe: ({ baseline, candidate }: { baseline: boolean; candidate: boolean }): ExperimentVerdict => {
      if (baseline === candidate || verdict !== 'undecided') return verdict
      if (isOpen(ratios.better)) ratios.better += candidate ? won : lost
      if (isOpen(ratios.worse)) ratios.worse += baseline ? won : lost
      if (ratios.better >= accept) verdict = 'better'
      else if (ratios.worse >= accept) verdict = 'worse'
      else if (ratios.better <= reject && ratios.worse <= reject) verdict = 'no difference'
      return verdict
    },
    /** The log-likelihood ratios of both sides so far. */
    ratios: () => ({ ...ratios }),
  }
}
