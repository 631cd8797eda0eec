import { AssayError, issuesOf, type Contract } from '@assay/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { App } from '../app.ts'
import type { Caller, Member } from './caller.ts'
import type { Exchange, Implementation } from './implement.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Who sends the request, once the guard has looked. */
    caller: Caller
  }
}

/** Registers one implemented contract: parse the parts, call the handler, pass its answer through the reply's schema. */
export const serveRoute = (server: FastifyInstance, app: App, route: Implementation): void => {
  const definition: Contract = route.contract
  server.route({
    method: definition.method.toUpperCase(),
    url: definition.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    config: { access: definition.access },
    exposeHeadRoute: false,
    ...(definition.maxBodyBytes !== undefined && { bodyLimit: definition.maxBodyBytes }),
    handler: async (request, reply) => {
      const input = {
        ...parsePart('path', 'params', definition, request.params),
        ...parsePart('query', 'query', definition, request.query),
        ...parsePart('body', 'body', definition, request.body),
      }
      reply.status(definition.status ?? 200)
      const answer = await route.handle(exchangeOf(app, request, reply), input)
      if (reply.statusCode === 204) return reply.send()
      return reply.type('application/json; charset=utf-8').send(JSON.stringify(definition.reply.parse(answer)))
    },
  })
}

const parsePart = (
  what: string,
  key: 'params' | 'query' | 'body',
  contract: Contract,
  value: unknown,
): Record<string, unknown> => {
  const schema: z.ZodType | undefined = contract[key]
  if (schema === undefined) return {}
  const parsed = schema.safeParse(value ?? {})
  if (parsed.success) return { [key]: parsed.data }
  throw new AssayError('input.invalid', { what, issues: issuesOf(parsed.error) })
}

const exchangeOf = (app: App, request: FastifyRequest, reply: FastifyReply): Exchange => {
  const member = (): Member => {
    if (request.caller.kind === 'nobody') throw new AssayError('access.unauthenticated', {})
    return request.caller
  }
  return {
    app,
    caller: request.caller,
    requestId: request.id,
    remoteAddress: request.raw.socket.remoteAddress ?? null,
    header: (name) => {
      const value = request.headers[name]
      return Array.isArray(value) ? value[0] : value
    },
    member,
    inWorkspace: async (work) => {
      const stopTimer = app.metrics.database.startTimer()
      try {
        return await app.store.inWorkspace(member().workspaceId, work)
      } finally {
        stopTimer()
      }
    },
    setStatus: (status) => void reply.status(status),
    setCookie: (cookie) => void reply.header('set-cookie', cookie),
  }
}
