import { AssayError, getModelNames, timestamp, updateModelNames, type Issue, type ModelAlias } from '@assay/core'
import { createProviders } from '@assay/providers'
import { appendAudit, readModelNames, writeModelNames } from '@assay/store'
import { actorOf } from '../../http/caller.ts'
import { implement } from '../../http/implement.ts'

/** So many names a workspace may have. */
const MOST_ALIASES = 1_000

export const onGetModelNames = implement(getModelNames, ({ inWorkspace }) => inWorkspace(readModelNames))

/** Names count for the requests that begin from now on. */
export const onUpdateModelNames = implement(updateModelNames, async (exchange, { body }) => {
  const { app, inWorkspace, requestId } = exchange
  const { set = [], remove = [], providerOrder } = body
  refuseUnknown(set, providerOrder ?? [])
  const updatedAt = timestamp(app.now())
  const changed = await inWorkspace(async (scope) => {
    const before = await readModelNames(scope)
    const missing = remove.find((name) => !before.aliases.some((alias) => alias.name === name))
    if (missing !== undefined) throw new AssayError('resource.not_found', { what: 'alias', id: missing })
    const gone = new Set([...remove, ...set.map(({ name }) => name)])
    const aliases = [...before.aliases.filter(({ name }) => !gone.has(name)), ...set].toSorted((a, b) =>
      a.name < b.name ? -1 : 1,
    )
    if (aliases.length > MOST_ALIASES)
      throw invalid([{ path: 'set', message: `makes more than ${MOST_ALIASES} names` }])
    const after = { aliases, providerOrder: providerOrder ?? before.providerOrder, updatedAt }
    await writeModelNames(scope, after)
    const { updatedAt: _before, ...was } = before
    const { updatedAt: _after, ...is } = after
    await appendAudit(scope, {
      at: updatedAt,
      actor: actorOf(exchange.caller),
      action: 'model_names.update',
      target: scope.workspaceId,
      before: was,
      after: is,
      requestId,
    })
    return after
  })
  app.modelNames.forget(exchange.member().workspaceId)
  return changed
})

const refuseUnknown = (set: readonly ModelAlias[], providerOrder: readonly string[]): void => {
  const known = new Set(createProviders().keys())
  const say = (provider: string) => `there is no provider ${provider}; there are ${[...known].join(', ')}`
  const issues: Issue[] = [
    ...set.flatMap(({ models }, index) =>
      models
        .map((model, place) => ({ provider: model.slice(0, model.indexOf('/')), place }))
        .filter(({ provider }) => !known.has(provider))
        .map(({ provider, place }) => ({ path: `set[${index}].models[${place}]`, message: say(provider) })),
    ),
    ...providerOrder
      .map((provider, place) => ({ provider, place }))
      .filter(({ provider }) => !known.has(provider))
      .map(({ provider, place }) => ({ path: `providerOrder[${place}]`, message: say(provider) })),
  ]
  const names = set.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) issues.push({ path: 'set', message: `names ${twice} twice` })
  if (issues.length > 0) throw invalid(issues)
}

const invalid = (issues: Issue[]) => new AssayError('input.invalid', { what: 'body', issues })
