import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { catalogue, suiteJsonSchema, type ErrorEntry } from '@assay/core'

/** Writes the reference pages that follow from the code; a test fails while they differ. */
export const references = (): Record<string, string> => ({
  'docs/errors.md': errorReference(),
  'docs/assay.schema.json': `${JSON.stringify(suiteJsonSchema(), null, 2)}\n`,
})

const errorReference = (): string => {
  const rows = Object.entries<ErrorEntry<never>>(catalogue)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([code, { status, exitCode, message, hint }]) => {
      const texts = [message(placeholders), hint(placeholders)].map(cell)
      return `| \`${code}\` | ${status} | ${exitCode} | ${texts.join(' | ')} |`
    })
  return [
    '# Errors',
    '',
    'Every error Assay answers with, from `packages/core/src/errors.ts`. Over HTTP an error is',
    '`{"error": {code, message, hint, details?, requestId}}`; the command prints message and hint and ends with the exit code.',
    '',
    '| code | HTTP status | exit code | message | way out |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}

/** A text of the catalogue as one table cell; with placeholders for details it may be a list of one. */
const cell = (text: unknown): string => {
  const shown: unknown = text === undefined ? 'depends on the value above' : text
  return (
    String(shown)
      // What is counted or priced cannot be named by a text.
      .replaceAll('$NaN.000000NaN', '‹amount›')
      .replaceAll('NaN', '‹number›')
      .replaceAll('|', '\\|')
      .replaceAll('\n', ' ')
  )
}

/** Answers every detail with its own name in quotes of its own, whether a text, a list or a list of things is asked for. */
const placeholder = (name: string): unknown => [
  new Proxy(new String(`‹${name}›`), {
    get: (text, key) => {
      if (key === Symbol.toPrimitive || key === 'toString' || key === 'valueOf') return () => String(text)
      return typeof key === 'string' && !(key in String.prototype) ? placeholder(key) : Reflect.get(text, key)
    },
  }),
]

const placeholders = new Proxy({}, { get: (_, key) => placeholder(String(key)) }) as never

if (import.meta.main) {
  for (const [path, text] of Object.entries(references())) writeFileSync(join(import.meta.dirname, '..', path), text)
}
