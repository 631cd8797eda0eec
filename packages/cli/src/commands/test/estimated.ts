import type { CaseFilter, Suite } from '@assay/core'
import type { ActionContext } from '../../action.ts'
import type { TestOptions } from './options.ts'

/** `--dry-run`: what a run would call and cost. */
export const estimated = async (
  { out }: ActionContext,
  given: {
    suite: Suite
    models: string[]
    filter: CaseFilter
    options: TestOptions
    judges: { model: string | null; embedding: string | null }
  },
): Promise<void> => {
  const [{ ASSUMED_OUTPUT_TOKENS, estimateSuite }, { formatUsd }] = await Promise.all([
    import('@assay/runner'),
    import('@assay/core'),
  ])
  const { suite, models, filter, options, judges } = given
  const estimates = estimateSuite(suite, { models, filter, judges, repeat: options.repeat })
  out.list(
    estimates,
    () =>
      estimates
        .map(({ model, calls, inputTokens, outputTokens, costNanoUsd, isJudge }) => {
          const cost = costNanoUsd === null ? 'no known price' : formatUsd(costNanoUsd)
          return `${isJudge ? 'judge ' : ''}${model}: ${calls} calls, about ${inputTokens} tokens in and ${outputTokens} out, ${cost}`
        })
        .join('\n'),
    '',
  )
  out.note(`Nothing was called. Answers are taken to have ${ASSUMED_OUTPUT_TOKENS} tokens.`)
}
