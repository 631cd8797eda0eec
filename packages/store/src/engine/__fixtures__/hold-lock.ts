import { takeLock } from '../lock.ts'

/**
 * A process that tries so many times at once to take the lock of a directory, says how each try went, and holds what
 * it got until its input ends.
 */
const [directory, tries] = process.argv.slice(2) as [string, string]

const attempt = async (): Promise<string> => {
  try {
    await takeLock(directory, { version: '0', address: `http://127.0.0.1:${process.pid}` })
    return 'held'
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message}`
  }
}

process.stdout.write(JSON.stringify(await Promise.all(Array.from({ length: Number(tries) }, attempt))))
process.stdin.resume().on('end', () => process.exit(0))
