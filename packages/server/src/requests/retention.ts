import { AssayError, getRetention, timestamp, updateRetention, type Issue, type RetentionSettings } from '@assay/core'
import { announce, appendAudit, dayTables, readRetention, writeRetention, type StoredRetention } from '@assay/store'
import { RE2JS } from 're2js'
import { actorOf } from '../http/caller.ts'
import { implement } from '../http/implement.ts'

export const onGetRetention = implement(getRetention, async ({ inWorkspace }) =>
  settingsOf(await inWorkspace(readRetention)),
)

/** Changes what is kept of requests that begin from now on; patterns are compiled before they are kept. */
export const onUpdateRetention = implement(updateRetention, async (exchange, { body }) => {
  refuseBadPatterns(body.patterns ?? [])
  const { app, inWorkspace, requestId } = exchange
  const at = timestamp(app.now())
  const changed = await inWorkspace(async (scope) => {
    const before = await readRetention(scope)
    const after = {
      retention: body.retention ?? before.retention,
      patterns: body.patterns ?? before.patterns,
      updatedAt: at,
    }
    await writeRetention(scope, after)
    await appendAudit(scope, {
      at,
      actor: actorOf(exchange.caller),
      action: 'retention.update',
      target: scope.workspaceId,
      before: { retention: before.retention, patterns: before.patterns },
      after: { retention: after.retention, patterns: after.patterns },
      requestId,
    })
    await announce(scope, { kind: 'monitor', workspaceId: scope.workspaceId, id: scope.workspaceId })
    return after
  })
  app.wishes.forget(exchange.member().workspaceId)
  app.bodies.forget(exchange.member().workspaceId)
  return settingsOf(changed)
})

const settingsOf = (stored: StoredRetention): RetentionSettings => ({
  ...stored,
  bodyDays: dayTables.request_bodies.keepDays,
  requestDays: dayTables.requests.keepDays,
})

const refuseBadPatterns = (patterns: readonly { name: string; pattern: string }[]): void => {
  const issues = patterns.flatMap(({ pattern }, index): Issue[] => {
    try {
      const compiled = RE2JS.compile(pattern)
      return compiled.matches('') ? [{ path: `patterns.${index}.pattern`, message: 'matches nothing at all' }] : []
    } catch (error) {
      return [{ path: `patterns.${index}.pattern`, message: (error as Error).message }]
    }
  })
  if (issues.length > 0) throw new AssayError('input.invalid', { what: 'body', issues })
}
