import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { canAsk, type Terminal } from './terminal.ts'

/** A secret from a pipe, or asked for without showing what is typed; never a question where nobody can answer. */
export const readSecret = async (
  terminal: Terminal,
  { what, flag }: { what: string; flag: string },
): Promise<string> => {
  const { stdin } = terminal
  const text = canAsk(terminal) ? await ask(terminal, what) : stdin.isTTY ? '' : await readAll(stdin)
  if (text.trim()) return text.trim()
  const { AssayError } = await import('@assay/core')
  throw new AssayError('usage.invalid', {
    reason: 'No key came on standard input.',
    example: `printenv MODEL_KEY | assay keys add …, or ${flag} for one that may be seen.`,
  })
}

/** Asks on stderr; an output that swallows the echo keeps what is typed off the screen. */
const ask = async ({ stdin, stderr }: Terminal, what: string): Promise<string> => {
  stderr.write(`${what}: `)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true })
  const interrupted = new Promise<never>((_, reject) => {
    lines.once('SIGINT', () =>
      reject(
        Object.assign(new Error('Nothing was entered.'), {
          code: 'usage.interrupted',
          hint: 'Run it again.',
          exitCode: 130,
        }),
      ),
    )
  })
  try {
    return await Promise.race([lines.question(''), interrupted])
  } finally {
    lines.close()
    stderr.write('\n')
  }
}

const readAll = async (stream: NodeJS.ReadableStream): Promise<string> => {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}
