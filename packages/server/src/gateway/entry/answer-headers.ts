import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http'
import { formatUsdDecimal, type Candidate, type RequestRecord } from '@assay/core'
import { providerHeaders } from './answer.ts'

/** What an answer says of its own making, in its headers. */
export const answerHeaders = (of: {
  record: RequestRecord
  candidate: Pick<Candidate, 'provider' | 'model'>
  /** Attempts so far, the one that answers included. */
  attempts: number
  dropped: readonly string[]
  /** What is left of the key's budget; null: it has none. */
  remainingNanoUsd: number | null
  /** Of the provider's answer. */
  upstream: IncomingHttpHeaders
}): OutgoingHttpHeaders => ({
  'x-assay-request-id': of.record.id,
  ...routeHeader(of),
  'x-assay-cache': of.record.cache,
  ...(of.dropped.length === 0
    ? undefined
    : { 'x-assay-dropped': of.dropped.map(printable).join(', ').slice(0, 1_000) }),
  ...(of.remainingNanoUsd === null
    ? undefined
    : { 'x-assay-key-remaining-usd': formatUsdDecimal(Math.max(0, of.remainingNanoUsd)) }),
  ...providerHeaders(of.upstream),
})

/** What a stream cost, as a comment that clients pass over. */
export const usageComment = ({ inputTokens, outputTokens, costNanoUsd }: RequestRecord): string => {
  const costUsd = costNanoUsd === null ? null : formatUsdDecimal(costNanoUsd)
  return `: x-assay-usage ${JSON.stringify({ inputTokens, outputTokens, costUsd })}\n\n`
}

/** Which model answered and why it was asked. */
export const routeHeader = ({
  record,
  candidate: { provider, model },
  attempts,
}: {
  record: RequestRecord
  candidate: Pick<Candidate, 'provider' | 'model'>
  attempts: number
}): { 'x-assay-route': string } => {
  const complexity = record.complexity ? `; complexity=${record.complexity}` : ''
  return {
    'x-assay-route': `${provider}/${printable(model)}${complexity}; reason=${record.route}; attempts=${attempts}`,
  }
}

/** A model's name as a header may carry it. */
const printable = (text: string): string =>
  text
    .replace(/[^\x20-\x7e]/g, '?')
    .replaceAll(';', ',')
    .slice(0, 300)
