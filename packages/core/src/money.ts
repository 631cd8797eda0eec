import { z } from 'zod'

/** One US dollar in the unit that all sums are kept in. */
export const NANO_USD_PER_USD = 1_000_000_000

/** An amount in billionths of a US dollar; negative where it is a difference. */
export const NanoUsd = z.int().meta({ description: 'An amount in nano-USD: 1,000,000,000 are one US dollar.' })

/** Dollars as a plain decimal without exponent, cut of trailing zeros: 54_399_000 is `0.054399`. */
export const formatUsdDecimal = (nanoUsd: number): string => {
  const sign = nanoUsd < 0 ? '-' : ''
  const absolute = Math.abs(nanoUsd)
  const whole = Math.floor(absolute / NANO_USD_PER_USD)
  const fraction = String(absolute % NANO_USD_PER_USD)
    .padStart(9, '0')
    .replace(/0+$/, '')
  return `${sign}${whole}${fraction ? `.${fraction}` : ''}`
}

/** Dollars as a person reads them: two decimals, below one cent four significant digits, `—` when unknown. */
export const formatUsd = (nanoUsd: number | null): string => {
  if (nanoUsd === null) return '—'
  const usd = nanoUsd / NANO_USD_PER_USD
  const absolute = Math.abs(usd)
  if (absolute === 0 || absolute >= 0.01) return `${usd < 0 ? '-' : ''}$${absolute.toFixed(2)}`
  return `${usd < 0 ? '-' : ''}$${formatUsdDecimal(Number(Math.abs(nanoUsd).toPrecision(4)))}`
}
