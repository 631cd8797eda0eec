/** A model, or a model behind one of several credentials. */
type Timed = { provider: string; model: string; credentialId?: string | null }

/** How long models took of late. */
export type Latencies = {
  tell(place: Timed, latencyMs: number): void
  /** Null for one that has not been asked. */
  of(place: Timed): number | null
}

/** The newest call counts for a fifth, so that some ten calls ago is forgotten. */
const NEWEST_SHARE = 0.2
const MOST_MODELS = 1_000

/** A moving mean for each model. */
export const createLatencies = (): Latencies => {
  const means = new Map<string, number>()
  return {
    tell: (place, latencyMs) => {
      const key = keyOf(place)
      const mean = means.get(key)
      if (mean === undefined && means.size >= MOST_MODELS) means.delete(means.keys().next().value!)
      means.set(key, mean === undefined ? latencyMs : mean + (latencyMs - mean) * NEWEST_SHARE)
    },
    of: (place) => means.get(keyOf(place)) ?? null,
  }
}

const keyOf = ({ provider, model, credentialId }: Timed): string =>
  credentialId ? `${provider}/${model} ${credentialId}` : `${provider}/${model}`
