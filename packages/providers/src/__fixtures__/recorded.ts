import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { anthropicDialect } from '../anthropic/anthropic.ts'
import type { Dialect } from '../dialect/dialect.ts'
import { translateStream, translateWhole } from '../dialect/translate.ts'
import { googleDialect } from '../google/google.ts'

/** Answers recorded from the real APIs, each with what a correct translation of it contains. */

type ExpectedCall = { id: string | null; name: string; arguments: unknown }
export type Recorded = {
  id: string
  provider: 'openai' | 'anthropic' | 'google'
  stream: boolean
  status: number
  file: string
  expect: {
    error?: boolean
    message_contains?: string
    native_type?: string
    text?: string
    reasoning?: string
    tool_calls?: ExpectedCall[]
    finish_reason?: string | null
    usage?: Record<string, number> | null
    model?: string
    thought_signature?: boolean
    stream_error?: { message: string; type?: string }
  }
}

const samples = resolve(process.env['ASSAY_SAMPLES'] ?? '../shared/data', 'fixtures')
export const isThere = existsSync(join(samples, 'index.json'))
export const recorded: Recorded[] = isThere ? JSON.parse(readFileSync(join(samples, 'index.json'), 'utf8')) : []
if (!isThere) console.warn(`Recorded answers are not replayed: there are none at ${samples} (ASSAY_SAMPLES).`)

export const bytesOf = ({ file }: Recorded): Uint8Array => readFileSync(join(samples, file))

export const dialects: Record<Recorded['provider'], Dialect | null> = {
  openai: null,
  anthropic: anthropicDialect,
  google: googleDialect,
}
export const head = { id: 'chatcmpl-test', created: 1_790_000_000, model: 'asked-for' }

/** How an answer is cut before it is read. */
export const cuts: [string, number][] = [
  ['whole', Number.MAX_SAFE_INTEGER],
  ['in pieces of 7 bytes', 7],
  ['byte by byte', 1],
]

export const inPieces = (bytes: Uint8Array, size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))

/** The answer in chat completions, as a provider hands it on. */
export const translated = ({ provider, stream }: Recorded, bytes: Uint8Array, size: number): Uint8Array => {
  const dialect = dialects[provider]
  if (!dialect) return bytes
  if (!stream) return translateWhole(dialect, head, bytes)
  const translation = translateStream(dialect, head)
  const pieces = inPieces(bytes, size).flatMap((piece) => translation.push(piece))
  return Buffer.concat([...pieces, ...translation.end()])
}

/** Runs `check` on every recorded answer and tells which failed, and why. */
export const failures = (check: (entry: Recorded, bytes: Uint8Array) => void): string[] =>
  recorded.flatMap((entry) => {
    try {
      check(entry, bytesOf(entry))
      return []
    } catch (error) {
      return [`${entry.id}: ${(error as Error).message}`]
    }
  })
