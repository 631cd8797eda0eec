import { spawn } from 'node:child_process'
import { createHash, timingSafeEqual } from 'node:crypto'
import { AssayError, SECOND_MS } from '@assay/core'
import { z } from 'zod'
import type { MasterKey } from './master-key.ts'
import type { Place } from './seal.ts'

const DEADLINE_MS = 2 * SECOND_MS
const MOST_ANSWER_BYTES = 64 * 1024
const PREFIX = 'kms:'
const SOURCE = 'ASSAY_MASTER_KEY_COMMAND'

const base64 = z.base64().min(4)
const WrapAnswer = z.object({ keyId: z.string().min(1).max(200), wrapped: base64 })
const UnwrapAnswer = z.object({ plaintext: base64 })

/**
 * A master key that never comes here: a program of the operator's wraps and unwraps data keys, with a KMS for instance.
 * It is given one line of JSON on standard input and answers one on standard output, within 2 seconds. What it wraps
 * carries the hash of its place, so that a row moved elsewhere does not open whatever the program looks at.
 */
export const commandKey = (command: string): MasterKey => {
  const words = command.trim().split(/\s+/)
  const ask = <Answer>(question: object, schema: z.ZodType<Answer>): Promise<Answer> =>
    runCommand(words, question, schema)
  return {
    id: `${PREFIX}*`,
    source: SOURCE,
    made: (kekId) => kekId.startsWith(PREFIX),
    wrap: async (plain, place) => {
      const bound = Buffer.concat([digestOf(place), plain])
      const question = { operation: 'wrap', plaintext: bound.toString('base64'), context: contextOf(place) }
      const { keyId, wrapped } = await ask(question, WrapAnswer)
      return { kekId: PREFIX + keyId, wrapped: Buffer.from(wrapped, 'base64') }
    },
    unwrap: async ({ kekId, wrapped }, place) => {
      const { plaintext } = await ask(
        {
          operation: 'unwrap',
          keyId: kekId.slice(PREFIX.length),
          wrapped: Buffer.from(wrapped).toString('base64'),
          context: contextOf(place),
        },
        UnwrapAnswer,
      )
      const bound = Buffer.from(plaintext, 'base64')
      const digest = digestOf(place)
      const isHere = bound.length > digest.length && timingSafeEqual(bound.subarray(0, digest.length), digest)
      return isHere ? bound.subarray(digest.length) : null
    },
  }
}

/** What a KMS may bind the wrapped key to, and write into its own log. */
const contextOf = ({ workspaceId, table, rowId }: Place): Record<string, string> => ({ workspaceId, table, rowId })

const digestOf = ({ workspaceId, table, rowId, column }: Place): Buffer =>
  createHash('sha256')
    .update(JSON.stringify([workspaceId, table, rowId, column]))
    .digest()

const runCommand = <Answer>(
  [program = '', ...words]: string[],
  question: object,
  schema: z.ZodType<Answer>,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const refuse = (reason: string, cause?: unknown): void => {
      reject(new AssayError('vault.master_key_unreachable', { source: SOURCE, reason }, { cause }))
    }
    // No shell: nothing of a question or of the variable is ever read as a command line.
    const child = spawn(program, words, {
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: DEADLINE_MS,
      killSignal: 'SIGKILL',
    })
    const chunks: Buffer[] = []
    let bytes = 0
    child.on('error', (error) => refuse(`it does not start (${error.message})`, error))
    child.stdin.on('error', () => {}) // ended without reading; its exit code tells more
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > MOST_ANSWER_BYTES) child.kill('SIGKILL')
      else chunks.push(chunk)
    })
    child.on('close', (code, signal) => {
      if (bytes > MOST_ANSWER_BYTES) return refuse('its answer is larger than 64 KiB')
      if (signal !== null) return refuse(`it did not answer within ${DEADLINE_MS} ms`)
      if (code !== 0) return refuse(`it ended with code ${code}`)
      const parsed = schema.safeParse(jsonOf(Buffer.concat(chunks).toString('utf8')))
      if (!parsed.success) return refuse('its answer is not what docs/vault.md asks for')
      resolve(parsed.data)
    })
    child.stdin.end(`${JSON.stringify({ version: 1, ...question })}\n`)
  })

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
