import { stat } from 'node:fs/promises'
import { setFlagsFromString } from 'node:v8'

const LARGE_BYTES = 2 * 1024 * 1024
const LARGE_CASES = 20_000

/**
 * A large suite needs its memory for itself, so garbage is looked for sooner, which costs a small one more than it saves.
 * V8 reads this flag each time that it sizes its heap, and not only at its start.
 */
const holdHeapSmall = (): void => setFlagsFromString('--heap-growing-percent=10')

/** Before a file is read: what is read of a large one is there several times for a moment. */
export const prepareHeapFor = async (path: string): Promise<void> => {
  const found = await stat(path).catch(() => null)
  if (found && found.size > LARGE_BYTES) holdHeapSmall()
}

/** Once it is known how many cases there are, whichever files they came from. */
export const sizeHeapFor = (cases: number): void => {
  if (cases > LARGE_CASES) holdHeapSmall()
}
