import type { RequestListener } from 'node:http'
import { AssayError, type Access } from '@assay/core'
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { App } from '../app.ts'
import { registerEventStream } from '../events/stream.ts'
import { registerHealth } from '../events/health.ts'
import { registerExports } from '../requests/export.ts'
import { dropBody } from '../gateway/entry/read-body.ts'
import { identify } from './authenticate.ts'
import { authorise } from './caller.ts'
import { refuseAtEdge } from './edge.ts'
import { parseJsonBody } from './json-body.ts'
import { asAssayError, problemOf } from './problem.ts'
import { registerPages } from './pages.ts'
import { registerReference } from './reference-page.ts'
import { allowedMethods } from './route-table.ts'
import { routes } from './routes.ts'
import { refuseCrossSite } from './same-site.ts'
import { securityHeaders } from './security-headers.ts'
import { serveRoute } from './serve-route.ts'

const MAX_BODY_BYTES = 1_048_576

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route; without it nothing registers. */
    access?: Access
  }
}

/** The control plane as a listener: contracts, live events, health, pages. */
export const createControlPlane = async (app: App): Promise<RequestListener> => {
  let listener: RequestListener | null = null
  const server = fastify({
    serverFactory: (handler) => {
      listener = handler
      return app.httpServer
    },
    bodyLimit: MAX_BODY_BYTES,
    genReqId: () => app.createId(),
    forceCloseConnections: false,
    routerOptions: { maxParamLength: 500 },
  })
  refuseOpenRoutes(server)
  acceptOnlyJson(server)
  guard(server, app)
  answerProblems(server, app)
  for (const route of Object.values(routes)) serveRoute(server, app, route)
  registerEventStream(server, app)
  registerExports(server, app)
  registerHealth(server, app)
  registerReference(server)
  registerPages(server, app)
  await server.ready()
  return listener!
}

/** First of all hooks, so that it sees every route: one that does not say who may call it stops the start. */
export const refuseOpenRoutes = (server: FastifyInstance): void => {
  server.addHook('onRoute', ({ config, method, url }) => {
    if (!config?.access) throw new Error(`the route ${String(method)} ${url} does not say who may call it`)
  })
}

/** The body parsers: JSON of ours and nothing else, so that no form of another site is ever understood. */
const acceptOnlyJson = (server: FastifyInstance): void => {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    async (_: FastifyRequest, text: string | Buffer) => (text.length === 0 ? undefined : parseJsonBody(String(text))),
  )
}

/** Before the body is read: the edge, the caller, their rights, and where a browser's change comes from. */
const guard = (server: FastifyInstance, app: App): void => {
  server.decorateRequest('caller')
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders).header('x-assay-request-id', request.id)
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store')
    refuseAtEdge(request.raw, app.edge)
    const { access } = request.routeOptions.config
    if (access === undefined) return // there is no such route, which the not-found answer says to anybody
    const isChange = request.method !== 'GET' && request.method !== 'HEAD'
    if (access.who === 'public') {
      if (isChange) refuseCrossSite(request.headers, { hasCookie: false, publicUrl: app.config.ASSAY_PUBLIC_URL })
      request.caller = { kind: 'nobody' }
      return
    }
    const caller = await identify(app, request.raw)
    if (isChange && caller.kind === 'session') {
      refuseCrossSite(request.headers, { hasCookie: true, publicUrl: app.config.ASSAY_PUBLIC_URL })
    }
    authorise(access, caller)
    request.caller = caller
  })
}

const answerProblems = (server: FastifyInstance, app: App): void => {
  const answer = (error: AssayError, request: FastifyRequest, reply: FastifyReply) => {
    const retryAfter = (error.details as { retryAfterSeconds?: number }).retryAfterSeconds
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
    if (error.code === 'http.method_not_allowed') reply.header('allow', (error.details as { allow: string }).allow)
    return reply.status(error.status).type('application/json; charset=utf-8').send(problemOf(error, request.id))
  }
  server.setErrorHandler(async (error, request, reply) => {
    // A client that is still sending reads no answer, and a connection closed on it would be a broken pipe.
    if (!request.raw.complete) await new Promise<void>((resolve) => dropBody(request.raw, resolve))
    const told = refusedBody(error, request) ?? asAssayError(error, { log: app.log, requestId: request.id })
    return answer(told, request, reply)
  })
  server.setNotFoundHandler((request, reply) => {
    const path = pathOf(request.url)
    const methods = allowedMethods(path)
    return answer(
      methods.length > 0
        ? new AssayError('http.method_not_allowed', { method: request.method, path, allow: methods.join(', ') })
        : new AssayError('http.not_found', { method: request.method, path }),
      request,
      reply,
    )
  })
}

/** Without the query, which may hold what should not be said again, and short enough for a sentence. */
const pathOf = (url: string): string => url.split('?', 1)[0]!.slice(0, 200)

/** What the framework says about a body, in our words. */
const refusedBody = (error: unknown, request: FastifyRequest): AssayError | null => {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new AssayError('input.too_large', {
      what: 'body',
      limitBytes: request.routeOptions.bodyLimit ?? MAX_BODY_BYTES,
    })
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    const contentType = (request.headers['content-type'] ?? 'an unnamed type').slice(0, 100)
    return new AssayError('input.unsupported_media_type', { contentType })
  }
  return null
}
