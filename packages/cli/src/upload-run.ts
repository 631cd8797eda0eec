import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from '@assay/client'
import type { CaseResult, Run } from '@assay/core'
import type { Terminal } from './terminal/terminal.ts'

/** A run of this machine, by its journal. */
export type LocalRun = {
  /** Where the journals lie. */
  folder: string
  runId: string
  status: 'completed' | 'cancelled'
  /** When it ended and how long it took; by the journal when nobody knows better. */
  finishedAt?: string | undefined
  durationMs?: number | undefined
}

/** What became of it: the run on the server, and whether it was there before. */
export type Uploaded = { run: Run; results: number; isNew: boolean }

const MOST_RESULTS = 200
const MOST_CHARACTERS = 4_000_000
const JOURNAL = 'journal.jsonl'
const UPLOAD_TIMEOUT_MS = 120_000

/** Sends a run of this machine, result by result out of its journal, so that its size does not matter. */
export const uploadRun = async (
  client: Client,
  { folder, runId, ...ending }: LocalRun,
  { environment }: Pick<Terminal, 'environment'>,
): Promise<Uploaded> => {
  const [{ cutResult }, { readEntries, readHead }] = await Promise.all([import('@assay/core'), import('@assay/runner')])
  const head = await readHead(folder, runId)
  const { size, mtime } = await stat(join(folder, runId, JOURNAL))
  const where = environment['CI'] ? 'ci' : 'local'
  const begun = await client.uploadRun(
    {
      body: {
        name: (head.name ?? head.file).slice(-200),
        models: head.models,
        dialect: head.dialect as NonNullable<Run['dialect']>,
        planHash: head.planHash,
        startedAt: head.startedAt,
        environment: where,
        trigger: where === 'ci' ? 'ci' : 'manual',
      },
    },
    // More results in the journal, as after going on with it, are another run.
    { headers: { 'idempotency-key': `upload ${runId} ${size}` } },
  )
  const params = { id: begun.id }
  const now = await client.getRun({ params })
  if (now.status !== 'running') return { run: now, results: now.totals?.total ?? 0, isNew: false }
  let batch: CaseResult[] = []
  let characters = 0
  let results = 0
  const send = async (): Promise<void> => {
    if (batch.length === 0) return
    await client.addRunResults({ params, body: { results: batch } }, { timeoutMs: UPLOAD_TIMEOUT_MS })
    results += batch.length
    batch = []
    characters = 0
  }
  for await (const { result } of readEntries(folder, runId)) {
    const cut = cutResult(result)
    const length = JSON.stringify(cut).length
    if (characters + length > MOST_CHARACTERS) await send()
    batch.push(cut)
    characters += length
    if (batch.length >= MOST_RESULTS) await send()
  }
  await send()
  const { status, durationMs, finishedAt = mtime.toISOString() } = ending
  const body = { status, finishedAt, ...(durationMs !== undefined && { durationMs }) }
  const run = await client.finishRun({ params, body }, { timeoutMs: UPLOAD_TIMEOUT_MS })
  return { run, results, isNew: true }
}

/** Where a person sees a run; null when the server's address is not known here. */
export const runAddress = async (
  client: Client,
  id: string,
  { environment }: Pick<Terminal, 'environment'>,
): Promise<string | null> => {
  const url = environment['ASSAY_URL']?.replace(/\/+$/, '')
  if (!url) return null
  const { workspace } = await client.getMe()
  return `${url}/w/${workspace.slug}/runs/${id}`
}
