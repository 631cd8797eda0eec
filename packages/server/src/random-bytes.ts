import { randomFillSync } from 'node:crypto'

const POOL_BYTES = 8_192

/** Chance from the operating system, asked for a few hundred ids at a time; no byte is given out twice. */
export const pooledRandomBytes = (): ((size: number) => Uint8Array) => {
  let pool = Buffer.alloc(0)
  return (size) => {
    if (size > pool.length) pool = randomFillSync(Buffer.allocUnsafeSlow(Math.max(size, POOL_BYTES)))
    const bytes = pool.subarray(0, size)
    pool = pool.subarray(size)
    return bytes
  }
}
