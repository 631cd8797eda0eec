import type { Candidate } from '@assay/core'
import type { ChatCall } from '@assay/providers'
import { nativeBody, upstreamBody, type ChatInput } from '../chat/chat-input.ts'
import type { Caller, ChatJob } from '../chat/chat-job.ts'
import type { ResolvedCredential } from '../parts.ts'

/** How the provider of a candidate is asked for what a job wants. */
export const chatCallOf = (
  { providers, input, holder, options, caller, patience }: ChatJob,
  given: {
    candidate: Candidate
    credential: ResolvedCredential
    /** The caller's bytes pass as they are. */
    isNative: boolean
    isStream: boolean
    headers: Record<string, string>
  },
): ChatCall => {
  const { candidate, credential } = given
  const { defaultBaseUrl } = providers.get(candidate.provider)!
  return {
    model: candidate.model,
    request: input.request,
    ...(caller?.dialect.operationName === 'embeddings' ? { operation: 'embeddings' as const } : undefined),
    body: (name) => upstreamBody(input, name),
    ...(caller && (given.isNative ? { native: nativeOf(caller, input) } : lossesOf(caller))),
    baseUrl: credential.baseUrl || defaultBaseUrl,
    secret: credential.secret,
    ...(credential.options ? { options: credential.options } : undefined),
    headers: given.headers,
    caller: holder.keyId ?? holder.workspaceId,
    firstByteTimeoutMs: given.isStream ? patience.firstContentMs : options.timeoutMs + 1_000,
    idleTimeoutMs: patience.idleMs,
  }
}

const nativeOf = ({ dialect, headers }: Caller, input: ChatInput) => {
  const { path, provider } = dialect
  const body = (model: string) => nativeBody(input, dialect, model)
  return { provider, ...(path === undefined ? undefined : { path }), body, headers }
}

const lossesOf = ({ dialect }: Caller) => {
  const losses = dialect.losses?.()
  return { isTranslated: true, ...(losses ? { losses } : undefined) }
}
