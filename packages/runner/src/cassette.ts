import { hash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AssayError, canonicalJson, type PlannedCase } from '@assay/core'
import type { RunTool } from './agent/run-tool.ts'
import type { AskEndpoint } from './endpoint-target.ts'
import type { Mask } from './mask.ts'
import type { RunCache } from './run-cache.ts'

/** One call, by everything that decides its answer. */
type RecordedRequest = { kind: 'model' | 'http' | 'tool' } & Record<string, unknown>

/** Traffic that is kept in a folder, one file a request, or given back from there. */
export type Cassette = {
  play<Answer>(request: RecordedRequest, make: () => Promise<Answer>): Promise<{ answer: Answer; isReplayed: boolean }>
}

type CassetteOptions = { folder: string; mask: Mask }

/** Makes each call and keeps its answer; what must not be read is never written. */
export const createRecorder = ({ folder, mask }: CassetteOptions): Cassette => {
  const underway = new Map<string, Promise<unknown>>()
  return {
    play: async <Answer>(given: RecordedRequest, make: () => Promise<Answer>) => {
      const request = maskedValue(given, mask)
      const path = join(folder, nameOf(request))
      // Equal calls are one, so that a replay gives each what it got here.
      const made = (underway.get(path) as Promise<Answer> | undefined) ?? make()
      underway.set(path, made)
      try {
        const answer = await made
        await keep(path, { request, answer: maskedValue(answer, mask) })
        return { answer, isReplayed: false }
      } catch (error) {
        underway.delete(path)
        throw error
      }
    },
  }
}

/** Gives back what was recorded, and calls nothing; a call without a record is an error that names the nearest one. */
export const createPlayer = ({ folder, mask }: CassetteOptions): Cassette => {
  let all: Promise<Recorded[]> | null = null
  return {
    play: async <Answer>(given: RecordedRequest, _make: () => Promise<Answer>) => {
      const request = maskedValue(given, mask)
      const name = nameOf(request)
      const found = await read(join(folder, name))
      if (found) return { answer: found.answer as Answer, isReplayed: true }
      all ??= readAll(folder)
      const nearest = nearestOf(await all, request)
      throw new AssayError('suite.replay_missing', {
        folder,
        kind: request.kind,
        nearest: nearest?.file ?? null,
        differs: nearest?.differs.join('; ') ?? '',
      })
    },
  }
}

/** The calls of models by way of a cassette; an answer that is given back counts as one that is cached. */
export const cassetteModels = (cassette: Cassette): RunCache => ({
  around: (next, repeat) => async (request, options) => {
    const asked = { ...request, kind: 'model' as const, repeat }
    const { answer, isReplayed } = await cassette.play(asked, () => next(request, options))
    return isReplayed ? { ...answer, cached: true } : answer
  },
})

/** The calls of addresses: without their headers, which hold keys. */
export const cassetteAsk = (cassette: Cassette, ask: AskEndpoint): AskEndpoint => {
  const numberOf = createCounter()
  return async (request, options) => {
    const { method, url, body } = request
    const asked = { kind: 'http' as const, ...scopeOf(options.planned), method, url, body }
    const numbered = { ...asked, call: numberOf(asked) }
    const { answer, isReplayed } = await cassette.play(numbered, async () => {
      const { headers, ...reply } = await ask(request, options)
      return { ...reply, headers: Object.fromEntries(keptHeaders.flatMap((name) => entryOf(headers, name))) }
    })
    return { ...answer, isReplayed }
  }
}

/** The calls of tools: equal ones of a case are told apart by their number, for a tool may have changed what it says. */
export const cassetteTools = (cassette: Cassette) => {
  const numberOf = createCounter()
  return (next: RunTool, planned: PlannedCase): RunTool =>
    async (call) => {
      const asked = { kind: 'tool' as const, ...scopeOf(planned), name: call.name, args: call.args }
      const numbered = { ...asked, call: numberOf(asked) }
      const { answer, isReplayed } = await cassette.play(numbered, () => next(call))
      return isReplayed && answer.status === 'ok' ? { ...answer, status: 'replayed' } : answer
    }
}

const keptHeaders = ['content-type', 'location', 'retry-after']

const entryOf = (headers: Record<string, string>, name: string): [string, string][] =>
  headers[name] === undefined ? [] : [[name, headers[name]]]

const scopeOf = ({ caseKey, model, repeat }: PlannedCase) => ({ case: caseKey, model, repeat })

const createCounter = () => {
  const counts = new Map<string, number>()
  return (value: unknown): number => {
    const key = canonicalJson(value)
    const number = (counts.get(key) ?? 0) + 1
    counts.set(key, number)
    return number
  }
}

type Recorded = { request: RecordedRequest; answer: unknown }

const nameOf = (request: RecordedRequest): string =>
  `${request.kind}-${hash('sha256', canonicalJson(request)).slice(0, 24)}.json`

/** What differs between two recordings of the same: a file that says the same is left as it is. */
const passing = new Set(['latencyMs', 'ttftMs'])

const keep = async (path: string, recorded: Recorded): Promise<void> => {
  const before = await read(path)
  if (before && lasting(before.answer) === lasting(recorded.answer)) return
  const text = `${JSON.stringify(JSON.parse(canonicalJson(recorded)), null, 2)}\n`
  const draft = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`
  await mkdir(join(path, '..'), { recursive: true })
  await writeFile(draft, text)
  await rename(draft, path)
}

const lasting = (answer: unknown): string =>
  answer !== null && typeof answer === 'object'
    ? canonicalJson(Object.fromEntries(Object.entries(answer).filter(([key]) => !passing.has(key))))
    : canonicalJson(answer)

const read = async (path: string): Promise<Recorded | null> => {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Recorded
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new AssayError('suite.replay_broken', { path, reason: (error as Error).message }, { cause: error })
  }
}

const readAll = async (folder: string): Promise<Recorded[]> => {
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^(?:model|http|tool)-\w+\.json$/.test(name))
  const read_ = await Promise.all(names.map((name) => read(join(folder, name))))
  return read_.filter((one) => one !== null)
}

/** Differences that are told of the nearest request. */
const MOST_TOLD = 3

const nearestOf = (all: readonly Recorded[], request: RecordedRequest): { file: string; differs: string[] } | null => {
  const wanted = leavesOf(request)
  let nearest: { file: string; differs: string[] } | null = null
  for (const recorded of all) {
    if (recorded.request.kind !== request.kind) continue
    const there = leavesOf(recorded.request)
    const differs = [...new Set([...wanted.keys(), ...there.keys()])]
      .filter((path) => wanted.get(path) !== there.get(path))
      .map((path) => `${path} was ${shown(there.get(path))} and is ${shown(wanted.get(path))}`)
    if (nearest && nearest.differs.length <= differs.length) continue
    nearest = { file: nameOf(recorded.request), differs }
  }
  if (!nearest || nearest.differs.length <= MOST_TOLD) return nearest
  const more = `${nearest.differs.length - MOST_TOLD} more`
  return { ...nearest, differs: [...nearest.differs.slice(0, MOST_TOLD), more] }
}

const shown = (json: string | undefined): string =>
  json === undefined ? 'not there' : json.length > 80 ? `${json.slice(0, 80)}…` : json

/** The ends of a value by their paths. */
const leavesOf = (value: unknown, path = '', leaves = new Map<string, string>()): Map<string, string> => {
  if (value === null || typeof value !== 'object' || Object.keys(value).length === 0) {
    if (value !== undefined) leaves.set(path, JSON.stringify(value))
    return leaves
  }
  for (const [key, member] of Object.entries(value)) {
    leavesOf(member, Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key, leaves)
  }
  return leaves
}

const maskedValue = <Value>(value: Value, mask: Mask): Value => {
  if (typeof value === 'string') return mask(value) as Value
  if (Array.isArray(value)) return value.map((item: unknown) => maskedValue(item, mask)) as Value
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskedValue(item, mask)])) as Value
}
