import { readVersion } from './version.ts'

const words = process.argv.slice(2)

// A reader that has seen enough, such as `head`, takes the words away but not the verdict: the work goes on to its exit code.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    stream.write = muted
  })
}

if (words.length === 1 && (words[0] === '--version' || words[0] === '-V')) {
  // Nothing else is loaded for the question that scripts ask most.
  process.stdout.write(`${readVersion()}\n`)
} else {
  const { runProgram } = await import('./run.ts')
  const exitCode = await runProgram(words)
  // Pipes may still hold output; leaving at once would cut it.
  process.stdout.write('', () => process.exit(exitCode))
}

function muted(...given: unknown[]): boolean {
  const done = given.at(-1)
  if (typeof done === 'function') queueMicrotask(() => (done as () => void)())
  return true
}
