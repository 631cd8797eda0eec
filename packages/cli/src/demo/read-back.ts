import { setTimeout as delay } from 'node:timers/promises'
import { AssayError } from '@assay/core'

const PATIENCE_MS = 30_000
const POLL_MS = 40

/** Reads until what is read is as told; after a while the story stops and says what it read instead. */
export const readBack = async <Value>(
  step: string,
  expected: string,
  read: () => Promise<Value>,
  isAsTold: (value: Value) => boolean,
): Promise<Value> => {
  const deadlineMs = performance.now() + PATIENCE_MS
  for (;;) {
    const value = await read()
    if (isAsTold(value)) return value
    if (performance.now() > deadlineMs) throw notAsTold(step, expected, value)
    await delay(POLL_MS)
  }
}

/** The end of the story where what was read is not what was told. */
export const notAsTold = (step: string, expected: string, found: unknown): AssayError =>
  new AssayError('demo.not_as_told', { step, expected, found: (JSON.stringify(found) ?? 'nothing').slice(0, 1_000) })
