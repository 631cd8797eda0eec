/** How long models took of late. */
export type Latencies = {
  tell(place: { provider: string; model: string }, latencyMs: number): void
  /** Null for one that has not been asked. */
  of(place: { provider: string; model: string }): number | null
}

/** The newest call counts for a fifth, so that some ten calls ago is forgotten. */
const NEWEST_SHARE = 0.2
const MOST_MODELS = 1_000

/** A moving mean for each model. */
export const createLatencies = (): Latencies => {
  const means = new Map<string, number>()
  return {
    tell: ({ provider, model }, latencyMs) => {
      const key = `${provider}/${model}`
      const mean = means.get(key)
      if (mean === undefined && means.size >= MOST_MODELS) means.delete(means.keys().next().value!)
      means.set(key, mean === undefined ? latencyMs : mean + (latencyMs - mean) * NEWEST_SHARE)
    },
    of: ({ provider, model }) => means.get(`${provider}/${model}`) ?? null,
  }
}
