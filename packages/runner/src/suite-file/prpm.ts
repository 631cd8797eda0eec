import { AssayError } from '@assay/core'
import type { SuiteSource } from './source.ts'

/** What of a package's manifest a run needs. */
type Section = { title?: unknown; text?: unknown; content?: unknown; items?: unknown }

const SHORTEST_PROMPT = 50

/**
 * Reads a package's manifest as a suite: its prompt is built from its `sections`, its cases are those of the files under
 * `tests`. A case with an expected output and no assertions is held to containing it.
 */
export const fromManifest = ({ raw }: SuiteSource, file: string): Record<string, unknown> => {
  const { name, description, tests, prompt: written, sections } = raw
  const prompt =
    typeof written === 'string' ? written : Array.isArray(sections) ? promptOf(sections as Section[]) : null
  if (prompt !== null && prompt.length < SHORTEST_PROMPT) {
    const message = `the prompt has ${prompt.length} characters, fewer than ${SHORTEST_PROMPT}`
    throw new AssayError('suite.invalid', { file, issues: [{ path: 'sections', message }] })
  }
  return {
    ...(typeof name === 'string' && { name }),
    ...(typeof description === 'string' && { description }),
    prompts: prompt === null ? [] : [prompt],
    tests: (Array.isArray(tests) ? (tests as unknown[]) : []).map(caseOf),
  }
}

/** Sections as text: a title, what stands under it, and its items as a list. */
const promptOf = (sections: readonly Section[]): string =>
  sections
    .map(({ title, text, content, items }) =>
      [
        typeof title === 'string' ? `## ${title}` : '',
        [text, content].filter((part) => typeof part === 'string').join('\n'),
        (Array.isArray(items) ? (items as unknown[]) : []).map((item) => `- ${String(item)}`).join('\n'),
      ]
        .filter((part) => part !== '')
        .join('\n\n'),
    )
    .join('\n\n')
    .trim()

const caseOf = (given: unknown): unknown => {
  if (given === null || typeof given !== 'object' || Array.isArray(given)) return given
  const { title, assertions, ...others } = given as Record<string, unknown>
  const assert = others['assert'] ?? assertions
  const { expected_output: expected } = others
  return {
    ...others,
    ...(title !== undefined && others['description'] === undefined && { description: title }),
    assert:
      Array.isArray(assert) && assert.length > 0
        ? (assert as unknown[]).map(assertionOf)
        : typeof expected === 'string'
          ? [{ type: 'contains', value: expected }]
          : [],
  }
}

/** Where the manifest names no type it means `contains`. */
const assertionOf = (given: unknown): unknown =>
  given === null || typeof given !== 'object' || Array.isArray(given) || 'type' in given
    ? given
    : { type: 'contains', ...given }
