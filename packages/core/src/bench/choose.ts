import type { PriceRow } from '../gateway/price-row.ts'

/** The providers that are compared when nobody says which. */
export const benchProviders: readonly string[] = ['openai', 'google', 'anthropic']

/** Chat models a provider answers with today, the cheapest first: by three tokens put in for one answered. */
export const currentModels = (provider: string, rows: readonly PriceRow[], today: string): PriceRow[] => {
  const weight = ({ input, output }: PriceRow): number => 3 * input + output
  return rows
    .filter((row) => row.provider === provider && row.kind !== 'embeddings')
    .filter(({ retiredAt }) => retiredAt === undefined || today < retiredAt)
    .toSorted(
      (a, b) =>
        weight(a) - weight(b) ||
        Number(a.tier === null) - Number(b.tier === null) ||
        (a.model < b.model ? -1 : a.model > b.model ? 1 : 0),
    )
}
