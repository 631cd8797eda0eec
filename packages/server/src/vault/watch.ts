import { SECOND_MS, timestamp, type Attempt, type Log, type RequestRecord } from '@assay/core'
import { announce, appendAudit, invalidateCredential, touchCredentials, type Store } from '@assay/store'
import type { Events } from '../events/bus.ts'
import type { Alerts } from '../monitor/alerts/alerts.ts'
import type { Credentials } from './resolve.ts'
import { tracedOf } from './sealed.ts'

/** Looks at how requests fared with each credential: when it was used last, and whether its provider refuses it. */
export type CredentialWatch = {
  /** Called with requests as they reach the log. */
  observe(records: readonly RequestRecord[]): void
  /** Begins to count anew, after the secret was replaced or accepted. */
  forget(id: string): void
  /** Writes down what is left to be. */
  stop(): Promise<void>
}

const REFUSALS_IN_A_ROW = 3
const WRITTEN_EVERY_MS = 10 * SECOND_MS

type Refusals = { count: number; since: string }

/** Times are kept for a few seconds and written together, so that a busy credential is not a busy row. */
export const watchCredentials = (parts: {
  store: Pick<Store, 'inWorkspace'>
  credentials: Pick<Credentials, 'forget'>
  events: Pick<Events, 'publish'>
  alerts: Pick<Alerts, 'raiseIn'>
  now: () => number
  log: Log
}): CredentialWatch => {
  const { store, log } = parts
  const used = new Map<string, Map<string, string>>()
  const refusals = new Map<string, Refusals>()
  let working: Promise<unknown> = Promise.resolve()
  const soon = (work: () => Promise<unknown>): void => {
    working = working
      .then(work)
      .catch((error: unknown) => log.warn({ error }, 'the state of a credential was not kept'))
  }

  const write = async (): Promise<void> => {
    const due = [...used]
    used.clear()
    for (const [workspaceId, times] of due) {
      const rows = [...times].map(([id, at]) => ({ id, at }))
      await store.inWorkspace(workspaceId, (scope) => touchCredentials(scope, rows))
    }
  }

  const noteUse = (workspaceId: string, { id, at }: { id: string; at: string }): void => {
    const times = used.get(workspaceId) ?? new Map<string, string>()
    used.set(workspaceId, times)
    if ((times.get(id) ?? '') < at) times.set(id, at)
  }

  /** True at the third refusal in a row. */
  const isRefused = (id: string, { status, startedAt }: Attempt): boolean => {
    if (status === null) return false
    if (status !== 401) {
      if (status < 300) refusals.delete(id)
      return false
    }
    const { count, since } = refusals.get(id) ?? { count: 0, since: startedAt }
    refusals.set(id, { count: count + 1, since })
    return count + 1 >= REFUSALS_IN_A_ROW
  }

  const timer = setInterval(() => used.size > 0 && soon(write), WRITTEN_EVERY_MS)
  timer.unref()
  return {
    observe: (records) => {
      for (const { workspaceId, attempts } of records) {
        for (const attempt of attempts) {
          const id = attempt.credentialId
          if (id === null) continue
          noteUse(workspaceId, { id, at: attempt.startedAt })
          if (!isRefused(id, attempt)) continue
          const { since } = refusals.get(id)!
          refusals.delete(id)
          soon(() => invalidate(parts, { workspaceId, id, since }))
        }
      }
    },
    forget: (id) => void refusals.delete(id),
    stop: async () => {
      clearInterval(timer)
      soon(write)
      await working
    },
  }
}

const invalidate = async (
  { store, credentials, events, alerts, now, log }: Parameters<typeof watchCredentials>[0],
  { workspaceId, id, since }: { workspaceId: string; id: string; since: string },
): Promise<void> => {
  const at = timestamp(now())
  const reason = `unauthorized: the provider answered 401 ${REFUSALS_IN_A_ROW} times in a row`
  const marked = await store.inWorkspace(workspaceId, async (scope) => {
    const credential = await invalidateCredential(scope, { id, now: at, reason, since })
    if (credential === null) return null
    const after = tracedOf(credential)
    await appendAudit(scope, { at, actor: 'system', action: 'credential.invalid', target: id, after })
    await announce(scope, { kind: 'credential', workspaceId, id })
    const { provider, name, hint } = credential
    await alerts.raiseIn(scope, {
      rule: 'credential.invalid',
      object: id,
      severity: 'critical',
      title: `${provider} refuses the credential ${name}`,
      details: { provider, name, hint, reason },
    })
    return credential
  })
  if (marked === null) return
  credentials.forget(workspaceId)
  events.publish(workspaceId, { topic: 'keys', type: 'credential.changed', id })
  log.warn({ workspaceId, credentialId: id, provider: marked.provider }, 'a provider refuses a credential')
}
