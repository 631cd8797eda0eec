const AGE = /^(\d{1,5})(min|h|d)$/
const unitMs: Record<string, number> = { min: 60_000, h: 3_600_000, d: 86_400_000 }

/** A moment written as its age (`90min`, `2h`, `7d`) or as an ISO time. */
export const pastTime = (written: string, { flag, now }: { flag: string; now: number }): Promise<string> =>
  momentOf(written, { flag, now, direction: -1 })

/** A moment written as how far away it is (`90min`, `2h`, `30d`) or as an ISO time. */
export const futureTime = (written: string, { flag, now }: { flag: string; now: number }): Promise<string> =>
  momentOf(written, { flag, now, direction: 1 })

/** A length of time such as `90min`, `2h`, `1d` or `0`. */
export const lengthMs = async (written: string, { flag }: { flag: string }): Promise<number> => {
  const [, count, unit] = AGE.exec(written) ?? []
  if (written === '0') return 0
  if (count && unit) return Number(count) * unitMs[unit]!
  const { AssayError } = await import('@assay/core')
  throw new AssayError('usage.invalid', {
    reason: `${flag} is a length of time such as 10min, 2h or 1d, but it is ${written}.`,
    example: `${flag} 10min`,
  })
}

const momentOf = async (
  written: string,
  { flag, now, direction }: { flag: string; now: number; direction: 1 | -1 },
): Promise<string> => {
  const [, count, unit] = AGE.exec(written) ?? []
  const time = count && unit ? now + direction * Number(count) * unitMs[unit]! : Date.parse(written)
  if (!Number.isNaN(time)) return new Date(time).toISOString()
  const { AssayError } = await import('@assay/core')
  throw new AssayError('usage.invalid', {
    reason: `${flag} is a time such as 2h, 30d or 2026-01-31T12:00:00Z, but it is ${written}.`,
    example: `${flag} 7d`,
  })
}
