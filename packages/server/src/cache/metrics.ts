/** What the cache tells the metrics. */
export type CacheMetrics = {
  hit(savedNanoUsd: number | null): void
  kept(): void
  followed(): void
  /** An answer that could not be kept because the database is behind. */
  dropped(): void
  observe(read: { entries: () => number; bytes: () => number; flights: () => number }): void
}
