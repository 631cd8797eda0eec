import { PassThrough, Readable } from 'node:stream'
import { runProgram } from '../run.ts'

/**
 * Runs one `assay` command to its end within this process, with a terminal of its own: what its tests need most of the
 * time, and a tenth of the work of a process each. `main.test.ts` and the walks start the real one.
 */
export const runCommand = async (
  words: string[],
  options: { environment?: Record<string, string>; input?: string; cwd?: string } = {},
): Promise<{ exitCode: number; stdout: string; stderr: string }> => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const [written, told] = [textOf(stdout), textOf(stderr)]
  const [folder, exitCodeBefore] = [process.cwd(), process.exitCode]
  process.exitCode = undefined
  if (options.cwd !== undefined) process.chdir(options.cwd)
  try {
    const exitCode = await runProgram(words, {
      stdin: Readable.from([options.input ?? '']),
      stdout,
      stderr,
      environment: { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1', ...options.environment },
      now: Date.now,
    })
    stdout.end()
    stderr.end()
    return { exitCode, stdout: await written, stderr: await told }
  } finally {
    process.exitCode = exitCodeBefore
    process.chdir(folder)
  }
}

const textOf = async (stream: NodeJS.ReadableStream): Promise<string> => {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}
