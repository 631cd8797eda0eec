import { alertPath, isAbout, isMuted, MINUTE_MS, nextTryMs, SECOND_MS, timestamp, type AlertRule } from '@assay/core'
import {
  findAlertChannel,
  findWorkspace,
  finishDelivery,
  insertDeliveries,
  listAlertChannels,
  listAlertRules,
  markNoticeDelivered,
  takeDueDeliveries,
  toldChannels,
  updateAlertChannel,
  waitingNotices,
  workspacesToTell,
  type AlertChannelRow,
  type DueDelivery,
  type WorkspaceScope,
} from '@assay/store'
import type { App } from '../../../app.ts'
import { send, type Outcome } from './send.ts'

const LOOK_EVERY_MS = 2 * SECOND_MS
/** So long one who sends has to say what became of it; then another may. */
const HELD_MS = 2 * MINUTE_MS
const LONGEST_REASON = 500

type Parts = Pick<App, 'store' | 'config' | 'egress' | 'vault' | 'now' | 'log' | 'createId' | 'publicUrl'>

/** Tells people of alerts, now and every two seconds; answers how to stop. */
export const startDelivery = (app: Parts): (() => Promise<void>) => {
  let busy: Promise<void> = Promise.resolve()
  let isBusy = false
  const tick = (): void => {
    if (isBusy) return
    isBusy = true
    busy = deliverAll(app)
      .catch((error: unknown) => app.log.error({ error }, 'alerts could not be delivered'))
      .finally(() => (isBusy = false))
  }
  tick()
  const timer = setInterval(tick, LOOK_EVERY_MS)
  return async () => {
    clearInterval(timer)
    await busy
  }
}

/** Everything that is to be told by now. */
export const deliverAll = async (app: Parts): Promise<void> => {
  const now = timestamp(app.now())
  for (const workspaceId of await app.store.inSystem((system) => workspacesToTell(system, { now }))) {
    await app.store.inWorkspace(workspaceId, (scope) => address(app, scope))
    for (;;) {
      const due = await app.store.inWorkspace(workspaceId, (scope) =>
        takeDueDeliveries(scope, {
          now: timestamp(app.now()),
          heldUntil: timestamp(app.now() + HELD_MS),
        }),
      )
      if (due.length === 0) break
      await Promise.all(due.map((one) => deliver(app, workspaceId, one)))
    }
  }
}

/** Writes for each notice which channels it goes to: what a message is owed to is decided once. */
const address = async ({ now, createId }: Parts, scope: WorkspaceScope): Promise<void> => {
  const notices = await waitingNotices(scope)
  if (notices.length === 0) return
  const at = timestamp(now())
  const rules = await listAlertRules(scope)
  const enabled = new Set((await listAlertChannels(scope)).flatMap(({ id, enabled: isOn }) => (isOn ? [id] : [])))
  for (const { id: noticeId, kind, alert } of notices) {
    const about = rules.filter((rule) => isAbout(rule, alert))
    // The end is told to those who heard of the beginning.
    const told = kind === 'resolved' ? await toldChannels(scope, alert.id) : null
    const channels = [...new Set(about.flatMap(({ channelIds }) => channelIds))].filter(
      (id) => enabled.has(id) && (told?.has(id) ?? true),
    )
    await insertDeliveries(
      scope,
      channels.map((channelId) => {
        const { rule, isSilent } = ruleFor(about, channelId, now())
        return {
          id: createId(),
          noticeId,
          alertId: alert.id,
          channelId,
          ruleId: rule.id,
          kind,
          state: isSilent ? 'muted' : 'waiting',
          title: alert.title,
          tries: 0,
          nextAt: isSilent ? null : at,
          lastError: null,
          at,
          deliveredAt: null,
        }
      }),
    )
    await markNoticeDelivered(scope, { id: noticeId, at })
  }
}

/** The rule that speaks to a channel: one that is not muted, where there is one. */
const ruleFor = (rules: readonly AlertRule[], channelId: string, now: number) => {
  const naming = rules.filter(({ channelIds }) => channelIds.includes(channelId))
  const loud = naming.find((rule) => !isMuted(rule, now))
  return { rule: loud ?? naming[0]!, isSilent: loud === undefined }
}

const deliver = async (app: Parts, workspaceId: string, due: DueDelivery): Promise<void> => {
  const { delivery } = due
  const channel = await app.store.inWorkspace(workspaceId, (scope) => findAlertChannel(scope, delivery.channelId))
  if (channel === null) return
  const outcome = await sendDelivery(app, { workspaceId, channel, due })
  await noteOutcome(app, { workspaceId, channel, due, outcome })
}

/** One try of one message. */
export const sendDelivery = async (
  app: Parts,
  { workspaceId, channel, due }: { workspaceId: string; channel: AlertChannelRow; due: DueDelivery },
): Promise<Outcome> => {
  const { delivery, alert } = due
  const workspace = await app.store.inWorkspace(workspaceId, findWorkspace)
  const pages = `${app.publicUrl()}/w/${encodeURIComponent(workspace?.slug ?? workspaceId)}`
  const link = `${pages}/${alert === null ? 'schedules' : alertPath(alert)}`
  const { kind, at } = delivery
  return send(app, {
    workspaceId,
    channel,
    id: delivery.id,
    news: { kind, alert, workspace: { id: workspaceId, name: workspace?.name ?? workspaceId }, link, at },
  })
}

/** Keeps what became of a try: delivered, tried again later, or given up. */
export const noteOutcome = async (
  { store, now, log }: Pick<Parts, 'store' | 'now' | 'log'>,
  said: { workspaceId: string; channel: AlertChannelRow; due: DueDelivery; outcome: Outcome; isLast?: boolean },
): Promise<void> => {
  const { workspaceId, channel, outcome, isLast = false } = said
  const { id, tries } = said.due.delivery
  const at = timestamp(now())
  if (outcome.isDelivered) {
    await store.inWorkspace(workspaceId, (scope) =>
      finishDelivery(scope, { id, tries, state: 'delivered', nextAt: null, lastError: null, deliveredAt: at }),
    )
    return
  }
  const pauseMs = outcome.isFinal || isLast ? null : nextTryMs(tries, Math.random())
  const lastError = outcome.reason.slice(0, LONGEST_REASON)
  log.warn({ channel: channel.name, delivery: id, tries, reason: lastError }, 'an alert did not reach its channel')
  await store.inWorkspace(workspaceId, async (scope) => {
    await finishDelivery(scope, {
      id,
      tries,
      state: pauseMs === null ? 'failed' : 'waiting',
      nextAt: pauseMs === null ? null : timestamp(now() + pauseMs),
      lastError,
      deliveredAt: null,
    })
    const disabledReason = disablingReason({ outcome, isGivenUp: pauseMs === null && !isLast })
    if (disabledReason !== null) {
      await updateAlertChannel(scope, { id: channel.id, changes: { enabled: false, disabledReason }, at })
    }
  })
}

/** A receiver that is gone is asked no more, nor one that has failed for three days. */
const disablingReason = (said: {
  outcome: Extract<Outcome, { isDelivered: false }>
  isGivenUp: boolean
}): string | null => {
  if (said.outcome.disables) return 'the receiver answered 410: it wants no more'
  return said.isGivenUp && !said.outcome.isFinal
    ? `it failed for three days: ${said.outcome.reason.slice(0, 200)}`
    : null
}
