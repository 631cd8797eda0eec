const AMOUNT = /^\$?(\d{1,9})(?:\.(\d{1,9}))?(usd)?$/i

/** An amount of US dollars as a person writes it (`5usd`, `$0.50`, `12`), in nano-USD; `none` is null. */
export const readUsd = async (written: string, flag: string): Promise<number | null> => {
  if (written === 'none') return null
  const [, whole, fraction = ''] = AMOUNT.exec(written) ?? []
  const nanoUsd = whole === undefined ? 0 : Number(whole) * 1e9 + Number(fraction.padEnd(9, '0'))
  if (nanoUsd > 0) return nanoUsd
  return refuse(flag, `an amount of US dollars such as 5usd or 0.50, or none, but it is ${written}`, '5usd')
}

/** A whole number from 1; `none` is null. */
export const readCount = async (written: string, flag: string): Promise<number | null> => {
  if (written === 'none') return null
  const count = Number(written.replaceAll('_', ''))
  if (Number.isSafeInteger(count) && count > 0) return count
  return refuse(flag, `a whole number from 1, or none, but it is ${written}`, '60')
}

const DURATION = /^(\d{1,5})(ms|s|min|h|d)$/
const unitMs: Record<string, number> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000 }

/** A duration such as `10min` or `2d`, in milliseconds. */
export const readDuration = async (written: string, flag: string): Promise<number> => {
  if (written === '0') return 0
  const [, count, unit] = DURATION.exec(written) ?? []
  if (count !== undefined && unit !== undefined) return Number(count) * unitMs[unit]!
  return refuse(flag, `a duration such as 10min, 2h or 1d, but it is ${written}`, '1h')
}

const refuse = async (flag: string, wanted: string, example: string): Promise<never> => {
  const { AssayError } = await import('@assay/core')
  throw new AssayError('usage.invalid', { reason: `${flag} is ${wanted}.`, example: `${flag} ${example}` })
}
