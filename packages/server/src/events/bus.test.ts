import { expect, test } from 'vitest'
import { createEvents } from './bus.ts'

const startedAt = 1_790_000_000_000
const create = () => createEvents({ now: () => startedAt })
const failure = (id: string) => ({ topic: 'failures', type: 'failure.recorded', id }) as const

test('who listens to a workspace hears its notices in order, and nobody else’s', () => {
  const events = create()
  const heard: string[] = []
  const stop = events.subscribe('a', ({ event }) => heard.push(event.id))
  events.publish('a', failure('1'))
  events.publish('b', failure('2'))
  events.publish('a', failure('3'))
  stop()
  events.publish('a', failure('4'))
  expect(heard).toEqual(['1', '3'])
})

test('who comes back gets exactly what it has missed', () => {
  const events = create()
  events.publish('a', failure('1'))
  const seen = events.newest('a')
  for (const id of ['2', '3']) events.publish('a', failure(id))
  expect(events.since('a', seen)?.map(({ event }) => event.id)).toEqual(['2', '3'])
  expect(events.since('a', events.newest('a'))).toEqual([])
})

test('who was away for too long, or before the last start, must read afresh', () => {
  const events = create()
  const before = events.newest('a')
  for (let count = 0; count < 1_001; count++) events.publish('a', failure(String(count)))
  expect(events.since('a', before)).toBeNull()
  expect(events.since('a', before + 1)).toHaveLength(1_000)
  expect(events.since('a', startedAt - 5)).toBeNull()
  expect(events.since('a', events.newest('a') + 1)).toBeNull()
})
