import { stat } from 'node:fs/promises'
import type { SpoolRecord } from './line.ts'
import { listSegments, readSegment, segmentPath } from './segment-files.ts'

/** What an earlier process left in a spool. */
export type Left = {
  segments: { number: number; sizeBytes: number; sinceMs: number }[]
  /** The ends of requests that were open when it ended. */
  owed: SpoolRecord[]
}

/** Looks through the segments of a directory: a request that was open then is `incomplete`. */
export const readLeft = async (dir: string): Promise<Left> => {
  const open = new Map<string, SpoolRecord & { kind: 'open' }>()
  const segments: Left['segments'] = []
  for (const number of await listSegments(dir)) {
    const { records } = await readSegment(dir, number)
    for (const record of records) {
      if (record.kind === 'open') open.set(record.request.id, record)
      if (record.kind === 'close') open.delete(record.request.id)
    }
    const { size, mtimeMs } = await stat(segmentPath(dir, number))
    segments.push({ number, sizeBytes: size, sinceMs: mtimeMs })
  }
  return { segments, owed: [...open.values()].map(cutShort) }
}

/** The end of a request that nobody saw; of one that a budget kept money for, all of that counts as spent. */
const cutShort = ({ request, holds }: SpoolRecord & { kind: 'open' }): SpoolRecord => {
  const kept = holds?.[0]?.reservedNanoUsd
  return {
    kind: 'close',
    request: {
      ...request,
      status: 'incomplete',
      estimated: true,
      ...(kept === undefined ? {} : { costNanoUsd: request.costNanoUsd ?? kept, priced: true }),
    },
    ...(holds ? { holds } : {}),
  }
}
