import { fastify } from 'fastify'
import { expect, test } from 'vitest'
import { refuseOpenRoutes } from './control-plane.ts'

test('a route that does not say who may call it does not register', () => {
  const server = fastify()
  refuseOpenRoutes(server)
  expect(() => server.get('/naked', async () => 'open')).toThrow('the route GET /naked does not say who may call it')
  expect(() => server.get('/clothed', { config: { access: { who: 'public' } } }, async () => 'open')).not.toThrow()
})
