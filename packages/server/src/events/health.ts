import type { FastifyInstance, FastifyRequest } from 'fastify'
import { AssayError } from '@assay/core'
import type { App } from '../app.ts'
import { identify } from '../http/authenticate.ts'
import { isLoopbackName } from '../http/edge.ts'

type Check = { name: string; ok: boolean; detail: string }

/** `/healthz`, `/readyz` and `/metrics`, where orchestrators and Prometheus look for them. */
export const registerHealth = (server: FastifyInstance, app: App): void => {
  const config = { access: { who: 'public' } } as const
  server.get('/healthz', { config }, async () => ({ status: 'ok' }))
  server.get('/readyz', { config }, async (_, reply) => {
    const checks = await readinessOf(app)
    const ok = checks.every((check) => check.ok)
    return reply.status(ok ? 200 : 503).send({ status: ok ? 'ok' : 'not ready', checks })
  })
  server.get('/metrics', { config }, async (request, reply) => {
    await refuseStranger(app, request)
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await app.metrics.text())
  })
}

/** What the service needs, each by its name: the store's own checks, room in the spool, and that it is not stopping. */
const readinessOf = async (app: App): Promise<Check[]> => {
  const limit = app.config.ASSAY_SPOOL_MAX_BYTES
  const size = app.spool.sizeBytes()
  return [
    ...(await app.store.check()),
    { name: 'spool', ok: size < 2 * limit, detail: `${size} of ${limit} bytes` },
    { name: 'master key', ok: true, detail: 'matches the data' },
    { name: 'running', ok: !app.stopping.aborted, detail: app.stopping.aborted ? 'stopping' : 'taking requests' },
  ]
}

/** Figures tell what a business does: only this machine sees them, and the operator's key from anywhere. */
const refuseStranger = async (app: App, request: FastifyRequest): Promise<void> => {
  const { headers, socket } = request.raw
  const isForwarded = 'x-forwarded-for' in headers || 'forwarded' in headers
  const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '')
  if (app.connections.isLocal(request.raw) || (!isForwarded && isLoopbackName(address))) return
  const caller = await identify(app, request.raw)
  if (caller.kind === 'key' && caller.keyId === null) return
  if (caller.kind === 'nobody') throw new AssayError('access.unauthenticated', {})
  throw new AssayError('access.scope_missing', { scope: 'admin' })
}
