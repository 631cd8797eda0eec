import type { ServerResponse } from 'node:http'
import { AssayError, issuesOf, SECOND_MS, timestamp, Topic } from '@assay/core'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../app.ts'
import { identify } from '../http/authenticate.ts'
import { authorise, type Member } from '../http/caller.ts'
import { createPacer, frameOf, resetFrame } from './frames.ts'

const COMMENT_MS = 15 * SECOND_MS
const RIGHTS_MS = 20 * SECOND_MS
const MAX_WAITING_BYTES = 1_048_576
const MAX_STREAMS = 500
const MAX_STREAMS_OF_ONE = 20

const access = { who: 'person', role: 'viewer', scope: 'read' } as const

const Query = z.strictObject({
  topics: z
    .string()
    .max(200)
    .optional()
    .transform((text) => text?.split(/[\s,]+/).filter(Boolean))
    .pipe(z.array(Topic).optional()),
})

/** Live notices as server-sent events: ids and counters, resumed by `Last-Event-ID`, closed with the caller's rights. */
export const registerEventStream = (server: FastifyInstance, app: App): void => {
  const open = new Map<string, number>()
  const total = (): number => [...open.values()].reduce((sum, count) => sum + count, 0)
  app.metrics.observeStreams(total)

  server.get('/api/v1/events', { config: { access }, exposeHeadRoute: false }, async (request, reply) => {
    const query = Query.safeParse(request.query)
    if (!query.success) throw new AssayError('input.invalid', { what: 'query', issues: issuesOf(query.error) })
    const caller = request.caller as Member
    const holder = holderOf(caller)
    if ((open.get(holder) ?? 0) >= MAX_STREAMS_OF_ONE || total() >= MAX_STREAMS) {
      throw new AssayError('http.rate_limited', {
        what: 'open streams',
        limit: MAX_STREAMS_OF_ONE,
        retryAfterSeconds: 10,
      })
    }
    open.set(holder, (open.get(holder) ?? 0) + 1)
    reply.hijack()
    const response = reply.raw
    response.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    const topics = query.data.topics ? new Set<Topic>(query.data.topics) : null
    const stop = startStream(app, { request, response, workspaceId: caller.workspaceId, topics })
    response.once('close', () => {
      stop()
      open.set(holder, (open.get(holder) ?? 1) - 1)
      if (open.get(holder) === 0) open.delete(holder)
    })
  })
}

const startStream = (
  app: App,
  stream: { request: FastifyRequest; response: ServerResponse; workspaceId: string; topics: ReadonlySet<Topic> | null },
): (() => void) => {
  const { request, response, workspaceId, topics } = stream
  const send = (text: string): void => {
    // A reader that does not keep up would fill the memory of everybody.
    if (response.writableLength > MAX_WAITING_BYTES) response.destroy()
    else response.write(text)
  }
  const pacer = createPacer({ now: app.now, write: (numbered) => send(frameOf(numbered)) })
  const isWanted = (topic: Topic): boolean => topics === null || topics.has(topic)

  send(': connected\n\n')
  const missed = missedBy(app, workspaceId, request.headers['last-event-id'])
  if (missed === null) send(resetFrame({ number: app.events.newest(workspaceId), at: timestamp(app.now()) }))
  else for (const numbered of missed) if (isWanted(numbered.event.topic)) pacer.push(numbered)

  const unsubscribe = app.events.subscribe(workspaceId, (numbered) => {
    if (isWanted(numbered.event.topic)) pacer.push(numbered)
  })
  const comments = setInterval(() => send(': still here\n\n'), COMMENT_MS)
  const rights = setInterval(() => {
    mayStillRead(app, request, workspaceId).then(
      (may) => may || response.end(),
      () => response.end(),
    )
  }, RIGHTS_MS)
  const stopped = (): void => void response.end()
  app.stopping.addEventListener('abort', stopped)
  return () => {
    unsubscribe()
    pacer.stop()
    clearInterval(comments)
    clearInterval(rights)
    app.stopping.removeEventListener('abort', stopped)
  }
}

/** What a reader that comes back has missed; nothing for a new one, null when it must read afresh. */
const missedBy = (app: App, workspaceId: string, lastEventId: string | string[] | undefined) => {
  if (typeof lastEventId !== 'string' || lastEventId === '') return []
  return /^\d{1,15}$/.test(lastEventId) ? app.events.since(workspaceId, Number(lastEventId)) : null
}

/** Asks again, as for a new request: a session that ended or a key that was revoked answers nobody. */
const mayStillRead = async (app: App, request: FastifyRequest, workspaceId: string): Promise<boolean> => {
  const caller = await identify(app, request.raw)
  authorise(access, caller)
  return caller.kind !== 'nobody' && caller.workspaceId === workspaceId
}

const holderOf = (caller: Member): string =>
  caller.kind === 'key' ? `key ${caller.keyId ?? 'operator'}` : `person ${caller.person.id}`
