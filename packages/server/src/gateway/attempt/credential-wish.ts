import type { ChatJob } from '../chat/chat-job.ts'
import type { CredentialWish } from '../parts.ts'

/** Which credential a request asks for: what its key may use, what its header names, and what was in force when it began. */
export const credentialWish = ({
  holder,
  options,
  startedAt,
}: Pick<ChatJob, 'holder' | 'options' | 'startedAt'>): CredentialWish => ({
  credentialIds: holder.credentialIds,
  credentialId: options.credentialId,
  begunAt: startedAt,
})
