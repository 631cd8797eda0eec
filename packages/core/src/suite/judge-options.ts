import { isJudgedType } from '../assertions/list.ts'
import type { AssertionSpec, Case, JudgeSpec } from './suite.ts'

/** An assertion with what its case says of judges where it says nothing itself; the others stay the objects they are. */
export const withJudgeOptions = (spec: AssertionSpec, options: Case['options']): AssertionSpec => {
  if (!options) return spec
  if (spec.assert) return { ...spec, assert: spec.assert.map((member) => withJudgeOptions(member, options)) }
  if (!isJudgedType(spec.type)) return spec
  const { rubricPrompt, factuality } = options
  const provider = takesPrompt(spec.type) ? options.provider : embeddingIn(options.provider)
  const isFactuality = spec.type.endsWith('factuality')
  return {
    ...(provider !== undefined && { provider }),
    ...(rubricPrompt !== undefined && takesPrompt(spec.type) && { rubricPrompt }),
    ...spec,
    ...(isFactuality && factuality && { config: { ...factuality, ...spec.config } }),
  }
}

/** A judge of texts gives no embeddings: what names none that does is no word about `similar`. */
const embeddingIn = (given: JudgeSpec | undefined): JudgeSpec | undefined => {
  if (given === undefined) return undefined
  if (typeof given === 'object' && !('id' in given)) return given.embedding
  const name = typeof given === 'string' ? given : given.id
  return /embed|bge|minilm|\be5\b|\bgte\b/i.test(name) ? given : undefined
}

/** Embeddings are compared without a prompt. */
const takesPrompt = (type: string): boolean => !/^(?:not-)?similar(?::|$)/.test(type)
