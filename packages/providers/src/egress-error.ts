/** How an outgoing call can end without a whole answer. */
export type EgressFault = 'unreachable' | 'timeout' | 'cut' | 'malformed' | 'too_large' | 'aborted'

/** An outgoing call that ended without a whole answer; `stage` says what was waited for. */
export class EgressError extends Error {
  override readonly name = 'EgressError'
  readonly fault: EgressFault
  readonly stage: string

  constructor(fault: EgressFault, { reason, stage = '' }: { reason: string; stage?: string }, cause?: unknown) {
    super(reason, { cause })
    this.fault = fault
    this.stage = stage
  }
}

type Row = { fault: EgressFault; reason: string; stage?: string }

/** What the codes of undici, of the socket and of the HTTP parser mean. */
const faults: Record<string, Row> = {
  UND_ERR_CONNECT_TIMEOUT: { fault: 'timeout', reason: 'the connection took too long', stage: 'a connection' },
  UND_ERR_HEADERS_TIMEOUT: { fault: 'timeout', reason: 'the first byte took too long', stage: 'the first byte' },
  UND_ERR_BODY_TIMEOUT: { fault: 'timeout', reason: 'the answer stood still', stage: 'more of the answer' },
  UND_ERR_SOCKET: { fault: 'cut', reason: 'the other side closed the connection' },
  UND_ERR_HEADERS_OVERFLOW: { fault: 'too_large', reason: 'the headers of the answer are larger than 64 KiB' },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: { fault: 'cut', reason: 'the answer is shorter than it said' },
  ECONNRESET: { fault: 'cut', reason: 'the other side reset the connection' },
  EPIPE: { fault: 'cut', reason: 'the other side closed the connection' },
  ECONNREFUSED: { fault: 'unreachable', reason: 'the connection was refused' },
  ENOTFOUND: { fault: 'unreachable', reason: 'the name does not resolve' },
  EAI_AGAIN: { fault: 'unreachable', reason: 'the name does not resolve at the moment' },
  EHOSTUNREACH: { fault: 'unreachable', reason: 'there is no route to the host' },
  ENETUNREACH: { fault: 'unreachable', reason: 'there is no route to the network' },
  ETIMEDOUT: { fault: 'unreachable', reason: 'the connection took too long' },
}

/** Any error of the network as an `EgressError`. */
export const egressErrorOf = (error: Error): EgressError => {
  if (error instanceof EgressError) return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const row = faults[code]
  if (row) return new EgressError(row.fault, row, error)
  if (code.startsWith('HPE_') || error.name === 'HTTPParserError')
    return new EgressError('malformed', { reason: 'the answer is not HTTP' }, error)
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_/.test(code)) {
    return new EgressError('unreachable', { reason: `the certificate is not accepted (${code})` }, error)
  }
  return new EgressError('cut', { reason: error.message || code || 'the connection failed' }, error)
}
