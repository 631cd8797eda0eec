/** What one call in the sandbox may use. The pool holds calls to them; the worker is made with the rest. */
export const sandboxLimits = {
  timeoutMs: 1_000,
  heapMb: 64,
  stackMb: 4,
  /** A match that cannot take more steps is made at once: a few milliseconds, where a thread costs more to ask. */
  stepsHere: 1_000_000,
  scriptHeapBytes: 32 * 1024 * 1024,
  inputCharacters: 1_048_576,
  outputCharacters: 65_536,
  schemaCharacters: 262_144,
  schemaDepth: 64,
} as const
