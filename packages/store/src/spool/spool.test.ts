import { randomBytes, randomInt, randomUUID } from 'node:crypto'
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createId, type RequestRecord, silentLog, timestamp } from '@assay/core'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { decodeSegment, encodeLine, type SpoolRecord } from './line.ts'
import { openSpool, type Spool, type SpoolOptions } from './spool.ts'

let dir: string
beforeEach(async () => void (dir = await mkdtemp(join(tmpdir(), 'assay-spool-'))))
afterEach(() => rm(dir, { recursive: true, force: true }))

const open = (options: Partial<SpoolOptions> = {}): Promise<Spool> =>
  openSpool({ dir, maxBytes: 1_000_000, log: silentLog, reserveBytes: 65_536, ...options })

const newId = (): string => createId({ now: Date.now, randomBytes: (size) => new Uint8Array(randomBytes(size)) })

const requestOf = (changes: Partial<RequestRecord> = {}): RequestRecord => ({
  id: newId(),
  workspaceId: randomUUID(),
  keyId: null,
  credentialId: null,
  credentialSource: null,
  at: timestamp(Date.now()),
  operationName: 'chat',
  promptPreview: 'hello',
  complexity: 'simple',
  score: 0.1,
  requestModel: 'auto',
  providerName: 'sim',
  responseModel: 'echo',
  route: 'price',
  attempts: [],
  rejected: [],
  cache: 'off',
  guards: [],
  dropped: [],
  toolsUsed: [],
  status: 'completed',
  httpStatus: 200,
  errorCode: null,
  errorMessage: null,
  finishReason: 'stop',
  inputTokens: 10,
  outputTokens: 20,
  cacheReadInputTokens: 0,
  cacheWriteInputTokens: 0,
  reasoningOutputTokens: 0,
  costNanoUsd: 1_000,
  baselineModel: null,
  baselineCostNanoUsd: 2_000,
  savingNanoUsd: 1_000,
  cacheSavedNanoUsd: null,
  cacheSavedMs: null,
  cachedFrom: null,
  priceVersion: null,
  costLines: null,
  ttftMs: 5,
  latencyMs: 50,
  stream: false,
  estimated: false,
  priced: true,
  conversationId: null,
  userHash: null,
  environment: null,
  packageVersion: null,
  tags: {},
  ...changes,
})

const closeOf = (request: RequestRecord): SpoolRecord => ({ kind: 'close', request })
const openOf = (request: RequestRecord): SpoolRecord => ({ kind: 'open', request: { ...request, status: 'open' } })

/** Everything that waits, read and dropped, as the drain does. */
const readAll = async (spool: Spool): Promise<SpoolRecord[]> => {
  const records: SpoolRecord[] = []
  for (let segment = await spool.next(); segment !== null; segment = await spool.next()) {
    records.push(...(await segment.read()))
    await segment.drop()
  }
  return records
}

const closedIds = (records: SpoolRecord[]): string[] =>
  records.flatMap((record) => (record.kind === 'close' ? [record.request.id] : []))

test('what was appended comes out in order, also after the process ended', async () => {
  const requests = Array.from({ length: 50 }, () => requestOf())
  const first = await open()
  await Promise.all(requests.map((request) => first.append(closeOf(request))))
  const again = await open() // the first one is not closed, as after a kill
  expect(closedIds(await readAll(again))).toEqual(requests.map(({ id }) => id))
  expect(again.oldestMs()).toBeNull()
  await again.close()
})

test('a request that was open when the process ended is incomplete, once', async () => {
  const [left, ended] = [requestOf(), requestOf()]
  const first = await open()
  await first.append(openOf(left))
  await first.append(openOf(ended))
  await first.append(closeOf(ended))
  const second = await open()
  const third = await open()
  const closes = (await readAll(third)).filter(({ kind }) => kind === 'close')
  expect(closes).toHaveLength(2)
  expect(closes).toContainEqual({ kind: 'close', request: { ...left, status: 'incomplete', estimated: true } })
  await Promise.all([second.close(), third.close()])
})

test('an open request survives the removal of the segment it began in', async () => {
  const long = requestOf()
  const first = await open()
  await first.append(openOf(long))
  await first.append(closeOf(requestOf()))
  await readAll(first)
  const second = await open()
  expect(closedIds(await readAll(second))).toEqual([long.id])
  await Promise.all([first.close(), second.close()])
})

test('a torn tail is dropped, and a changed line inside is put aside while the rest goes on', async () => {
  const first = await open()
  await first.append(closeOf(requestOf()))
  await first.close()
  const name = (await readdir(dir)).find((file) => /^\d{12}\.log$/.test(file))
  const good = await readFile(join(dir, name!))
  const bent = Buffer.from(good)
  bent[20] = bent[20]! ^ 1
  await writeFile(join(dir, name!), Buffer.concat([bent, good, good.subarray(0, 30)]))
  const second = await open()
  expect(closedIds(await readAll(second))).toHaveLength(1)
  expect(second.badCount()).toBe(1)
  expect(await readFile(join(dir, `${name}.bad`), 'utf8')).toBe(bent.toString())
  await second.close()
})

test('a changed line is put aside once, however often the segment is read again', async () => {
  const first = await open()
  await first.append(closeOf(requestOf()))
  await first.close()
  const name = (await readdir(dir)).find((file) => /^\d{12}\.log$/.test(file))!
  const good = await readFile(join(dir, name))
  await writeFile(join(dir, name), Buffer.concat([Buffer.from('bent\n'), good]))
  const second = await open()
  for (let retry = 0; retry < 3; retry++) {
    const segment = (await second.next())!
    await segment.read()
    await segment.reject(closeOf(requestOf({ id: 'same', at: timestamp(0), workspaceId: 'same' })), 'refused')
  }
  expect(second.badCount()).toBe(2)
  expect((await readFile(join(dir, `${name}.bad`), 'utf8')).split('\n')).toHaveLength(3)
  await second.close()
})

test('wherever the file is cut, whole lines before the cut are read and nothing else', () => {
  const lines = Array.from({ length: 5 }, () => encodeLine(closeOf(requestOf())))
  const bytes = Buffer.concat(lines)
  fc.assert(
    fc.property(fc.nat(bytes.length), fc.nat(200), (cut, zeros) => {
      const { records, badLines } = decodeSegment(Buffer.concat([bytes.subarray(0, cut), Buffer.alloc(zeros)]))
      let whole = 0
      for (let end = 0; whole < lines.length && end + lines[whole]!.length <= cut; whole++) end += lines[whole]!.length
      expect(records).toHaveLength(whole)
      expect(badLines).toEqual([])
    }),
  )
})

test('what PostgreSQL cannot store is replaced before it is acknowledged', async () => {
  const spool = await open()
  await spool.append(closeOf(requestOf({ promptPreview: 'a\0b\uD800c' })))
  expect(await readAll(spool)).toMatchObject([{ request: { promptPreview: 'a\uFFFDb\uFFFDc' } }])
  await spool.close()
})

test('above its size, failures lose their bodies and everything keeps its count', async () => {
  const spool = await open({ maxBytes: 100 })
  await spool.append(closeOf(requestOf()))
  const request = { model: 'sim/echo', messages: [{ role: 'user' as const, content: 'long' }] }
  const report = { message: 'broken', count: 1, environment: 'production' as const, tags: [], request, output: 'x' }
  await spool.append({ kind: 'failure', workspaceId: randomUUID(), report })
  expect((await readAll(spool))[1]).toMatchObject({ report: { message: 'broken' } })
  expect(spool.droppedBodies()).toBe(1)
  await spool.close()
})

test('nothing is lost or doubled however appends, drains and segment ends fall together', async () => {
  const spool = await open({ segmentBytes: 4_000 })
  const sent: string[] = []
  const seen: string[] = []
  const writers = Array.from({ length: 8 }, async () => {
    for (let index = 0; index < 40; index++) {
      const request = requestOf()
      await spool.append(openOf(request))
      if (randomInt(3) === 0) await new Promise((resolve) => setTimeout(resolve, randomInt(3)))
      await spool.append(closeOf(request))
      sent.push(request.id)
    }
  })
  const written = new AbortController()
  const reader = (async () => {
    while (!written.signal.aborted) {
      seen.push(...closedIds(await readAll(spool)))
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  })()
  await Promise.all(writers)
  written.abort()
  await reader
  seen.push(...closedIds(await readAll(spool)))
  expect(seen.toSorted()).toEqual(sent.toSorted())
  await spool.close()
  const after = await open()
  expect(await readAll(after)).toEqual([])
  await after.close()
})

test('a stray file in the directory is left alone', async () => {
  await appendFile(join(dir, 'notes.txt'), 'mine')
  const spool = await open()
  await spool.append(closeOf(requestOf()))
  await readAll(spool)
  await spool.close()
  expect(await readFile(join(dir, 'notes.txt'), 'utf8')).toBe('mine')
})

test('above the size limit bodies of requests are left out and counted, and their rows are kept', async () => {
  const spool = await open({ maxBytes: 1 })
  const request = requestOf()
  await spool.append(closeOf(request))
  const { id, workspaceId, at } = request
  const answer = { text: 'hello', reasoningText: '', toolCalls: [], finishReason: 'stop' as const }
  const asked = { model: 'sim/echo', messages: [{ role: 'user' as const, content: 'hello' }] }
  await spool.append({ kind: 'body', body: { id, workspaceId, at, request: asked, answer, redactions: {} } })
  expect(spool.droppedBodies()).toBe(1)
  expect((await readAll(spool)).map(({ kind }) => kind)).toEqual(['close'])
  await spool.close()
})
