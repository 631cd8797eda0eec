/** The suite of the bench: what both sides ask and check. */
export const prompt = (index: number): string =>
  `Which city is number ${index} of the list, and how many people live there?`

export const assertions = [
  { type: 'contains', value: 'Paris' },
  { type: 'regex', value: '"people":\\d{6,}' },
  { type: 'is-json' },
]

/** What one side reports when it has ended. */
export type Measured = { passed: number; wallMs: number; cpuMs: number; peakMb: number }

/** Runs a side to its end and reports what it used, loading of modules included. */
export const measure = async (work: () => Promise<number>): Promise<void> => {
  const startedAt = performance.now()
  const passed = await work()
  const { user, system } = process.cpuUsage()
  process.send!({
    passed,
    wallMs: performance.now() - startedAt,
    cpuMs: (user + system) / 1_000,
    peakMb: process.resourceUsage().maxRSS / 1_024,
  } satisfies Measured)
  process.disconnect()
}
