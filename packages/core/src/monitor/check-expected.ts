import type { Verdict } from '../suite/result.ts'
import type { Expected } from './regression-test.ts'

/** What of an answer an expectation looks at beside the assertions of the suites. */
export type Observed = {
  /** Null when there was no answer. */
  text: string | null
  /** The group that the error would fall into; null without an error. */
  fingerprint: string | null
}

/** What an expectation says that no assertion of the suites can: how many files, and which failure stays away. */
export const checkExpected = (expected: Expected, observed: Observed): Verdict[] => {
  const { minimumFiles, fingerprintAbsent } = expected
  const { text, fingerprint } = observed
  return [
    ...(minimumFiles === undefined || text === null ? [] : [filesVerdict(minimumFiles, countFiles(text))]),
    ...(fingerprintAbsent !== undefined && fingerprint === fingerprintAbsent ? [cameBack(fingerprintAbsent)] : []),
  ]
}

/** How many files an answer holds: entries of `files` where it is JSON, else fenced blocks. */
export const countFiles = (text: string): number => {
  const files = filesIn(text)
  if (files !== null) return files
  return Math.floor((text.match(/^[ \t]{0,3}```/gm) ?? []).length / 2)
}

const filesIn = (text: string): number | null => {
  const [, fenced] = /^\s*```(?:json)?\s*\n([\s\S]*)\n```\s*$/.exec(text) ?? []
  try {
    const value = JSON.parse(fenced ?? text) as { files?: unknown } | null
    const files = value?.files
    if (Array.isArray(files)) return files.length
    return typeof files === 'object' && files !== null ? Object.keys(files).length : null
  } catch {
    return null
  }
}

const filesVerdict = (wanted: number, found: number): Verdict => ({
  type: 'minimum-files',
  pass: found >= wanted,
  score: found >= wanted ? 1 : 0,
  reason: `found ${found} ${found === 1 ? 'file' : 'files'}, wanted ${wanted} or more`,
  weight: 1,
})

const cameBack = (fingerprint: string): Verdict => ({
  type: 'fingerprint-absent',
  pass: false,
  score: 0,
  reason: `the failure ${fingerprint} came back`,
  weight: 1,
})
