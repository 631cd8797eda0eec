import { crc32 } from 'node:zlib'
import type { CapturedFailure, RequestRecord } from '@assay/core'
import type { BodyRecord } from '../bodies.ts'
import { isStorableJson, storable } from '../storable.ts'

/** One thing that must not be lost, on its way to the database. */
export type SpoolRecord =
  | { kind: 'open'; request: RequestRecord; holds?: readonly BudgetHold[] }
  | Closing
  | { kind: 'body'; body: BodyRecord }
  | { kind: 'failure'; workspaceId: string; report: CapturedFailure }

/** The end of a request; `json` is its text where that is known, and stands in no line of its own. */
type Closing = { kind: 'close'; request: RequestRecord; holds?: readonly BudgetHold[]; json?: string }

/** What is kept of a budget for a request until its end says what it cost, and the lease it is kept in. */
export type BudgetHold = { budgetId: string; fence: number; reservedNanoUsd: number }

/** A record as one line: the CRC-32 of its JSON, the JSON, a newline. */
export const encodeLine = (record: SpoolRecord): Buffer => encodeRecord(record).line

/** The same, with what will be read from the line again: the record itself, unless it could not be stored as it is. */
export const encodeRecord = (given: SpoolRecord): { line: Buffer; record: SpoolRecord } => {
  let record = given
  let json: string
  if (given.kind === 'close') [json, record] = textOf(given)
  else json = JSON.stringify(given)
  if (!isStorableJson(json)) {
    record = storable(given)
    json = JSON.stringify(record)
  }
  const line = Buffer.from(`         ${json}\n`)
  line.write(checksumOf(line.subarray(CHECKSUM_LENGTH + 1, -1)), 0, 'latin1')
  return { line, record }
}

/** The text of the request is made once: it is a part of the line, and later a row for the database. */
const textOf = ({ kind, request, holds }: Closing): [json: string, record: Closing] => {
  const json = JSON.stringify(request)
  const rest = holds ? `,"holds":${JSON.stringify(holds)}` : ''
  return [`{"kind":"close","request":${json}${rest}}`, { kind, request, ...(holds ? { holds } : undefined), json }]
}

/** What a segment holds: its records in order, and the lines inside it whose checksum does not fit. */
export type SegmentContent = { records: SpoolRecord[]; badLines: string[] }

/**
 * Reads a segment. What follows the last newline was being written when the process or the power went, so nobody was
 * told of it; zeros are room that was kept ready. A bad line inside is another matter: the disk changed it.
 */
export const decodeSegment = (bytes: Buffer): SegmentContent => {
  const content: SegmentContent = { records: [], badLines: [] }
  const end = bytes.lastIndexOf(10)
  for (let start = 0; start <= end;) {
    const newline = bytes.indexOf(10, start)
    const line = bytes.toString('utf8', start, newline)
    const record = decodeLine(line)
    if (record) content.records.push(record)
    else content.badLines.push(line)
    start = newline + 1
  }
  return content
}

const decodeLine = (line: string): SpoolRecord | null => {
  const json = line.slice(CHECKSUM_LENGTH + 1)
  if (line.slice(0, CHECKSUM_LENGTH) !== checksumOf(json)) return null
  return JSON.parse(json) as SpoolRecord // the checksum says that it is what we wrote
}

const CHECKSUM_LENGTH = 8

const checksumOf = (text: string | Buffer): string => crc32(text).toString(16).padStart(CHECKSUM_LENGTH, '0')
