import { answerOf, compileAssertion, type RegressionTest } from '@assay/core'
import * as stored from '@assay/store'
import type { App } from '../../app.ts'

/** The answer that a test must not accept: what its author gave, else the newest recorded one. */
export const badOutputOf = async (
  { store }: Pick<App, 'store'>,
  { workspaceId, test }: { workspaceId: string; test: RegressionTest },
): Promise<string | null> => {
  const { badOutput, groupId } = test
  if (badOutput !== null || groupId === null) return badOutput
  const failure = await store.inWorkspace(workspaceId, (scope) => stored.newestReplayable(scope, groupId))
  return failure?.output ?? null
}

/** Which parts of an expectation an answer satisfies; null where a model would have to say. */
export const passesOn = async (
  { sandbox }: Pick<App, 'sandbox'>,
  { expected }: RegressionTest,
  output: string | null,
): Promise<{ assertions: (boolean | null)[]; schema: boolean | null }> => {
  const { assertions = [], schema } = expected
  if (output === null) return { assertions: assertions.map(() => null), schema: null }
  const passes = async (type: string, spec: Parameters<typeof compileAssertion>[0]): Promise<boolean | null> => {
    if (measured.has(type)) return null
    try {
      return (await compileAssertion(spec, 'assay')(answerOf(output), sandbox)).pass
    } catch {
      return null // it needs a judge, or more than the text
    }
  }
  return {
    assertions: await Promise.all(assertions.map((spec) => passes(spec.type, spec))),
    schema: schema === undefined ? null : await passes('is-json', { type: 'is-json', value: schema }),
  }
}

/** What the text of an answer does not tell. */
const measured = new Set(['latency', 'cost', 'assert-set', 'select-best', 'perplexity'])

const MOST_DURATIONS = 50

/** Times of the latest passes. */
export const answersOf = async (scope: stored.WorkspaceScope, { id, version }: RegressionTest): Promise<number[]> => {
  const executions = await stored.listTrendExecutions(scope, { testId: id, version })
  return executions
    .filter(({ outcome }) => outcome === 'pass')
    .slice(-MOST_DURATIONS)
    .map(({ durationMs }) => durationMs)
}
