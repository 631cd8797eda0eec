/** The moments at which releases were first heard of, and the two that are compared. */
export type ReleaseOrder = {
  release: string
  fix: string
  /** When a failure of the release first came; null when none did before. */
  firstSeenAt: (release: string) => string | null
}

/**
 * True unless the release is older than the one with the fix: by their semantic versions when both are one, else by
 * which was heard of first. A release that was never heard of before is the newest.
 */
export const isNotOlder = ({ release, fix, firstSeenAt }: ReleaseOrder): boolean => {
  if (release === fix) return true
  const [own, fixed] = [parseVersion(release), parseVersion(fix)]
  if (own !== null && fixed !== null) return compareVersions(own, fixed) >= 0
  const [ownAt, fixedAt] = [firstSeenAt(release), firstSeenAt(fix)]
  return ownAt === null || (fixedAt !== null && ownAt >= fixedAt)
}

/** True when the order of the two can only be told by when they were heard of. */
export const needsFirstSeen = (release: string, fix: string): boolean =>
  release !== fix && (parseVersion(release) === null || parseVersion(fix) === null)

type Version = { numbers: number[]; before: string[] }

// Semantic Versioning 2.0.0, item 9 to 11; a leading `v` and a name before `@` are common and say nothing.
const pattern =
  /^(?:[^@\s]{1,100}@)?v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([\dA-Za-z.-]{1,100}))?(?:\+[\dA-Za-z.-]{1,100})?$/

const parseVersion = (release: string): Version | null => {
  const match = pattern.exec(release)
  return match && { numbers: match.slice(1, 4).map(Number), before: match[4]?.split('.') ?? [] }
}

const compareVersions = (a: Version, b: Version): number => {
  for (const [index, number] of a.numbers.entries()) {
    if (number !== b.numbers[index]) return number - b.numbers[index]!
  }
  // A version without a part before its release follows all that have one.
  if (a.before.length === 0 || b.before.length === 0) return b.before.length - a.before.length
  for (let index = 0; index < Math.max(a.before.length, b.before.length); index++) {
    const order = compareParts(a.before[index], b.before[index])
    if (order !== 0) return order
  }
  return 0
}

const compareParts = (a: string | undefined, b: string | undefined): number => {
  if (a === b) return 0
  if (a === undefined) return -1
  if (b === undefined) return 1
  const [isANumber, isBNumber] = [/^\d+$/.test(a), /^\d+$/.test(b)]
  if (isANumber && isBNumber) return Number(a) - Number(b)
  if (isANumber !== isBNumber) return isANumber ? -1 : 1
  return a < b ? -1 : 1
}
