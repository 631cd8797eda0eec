import { AssayError, type Sandbox } from '@assay/core'
import { createProviders, type Egress } from '@assay/providers'
import { z } from 'zod'
import type { Judges } from './look.ts'

type Resolved = { baseUrl: string; secret: import('@assay/core').Secret | null } | null

/** What guards ask others: the sandbox about schemas, a moderation endpoint about texts. */
export const createJudges = (
  {
    sandbox,
    egress,
    resolve,
  }: {
    sandbox: Pick<Sandbox, 'schema'>
    egress: Egress
    resolve: (workspaceId: string, provider: string) => Resolved | Promise<Resolved>
  },
  workspaceId: string,
): Judges => ({
  json_schema: async (schema, text) => {
    const outcome = await sandbox.schema({ schema, texts: [text] })
    if ('problem' in outcome) throw new Error(outcome.problem)
    return outcome.errors[0] !== null
  },
  moderation: async ({ provider, model, categories }, text) => {
    const credential = await resolve(workspaceId, provider)
    if (!credential) throw new AssayError('vault.key_missing', { provider })
    const answer = await egress.send({
      method: 'POST',
      url: `${credential.baseUrl || createProviders().get(provider)?.defaultBaseUrl || ''}/moderations`,
      headers: {
        'content-type': 'application/json',
        ...(credential.secret ? { authorization: { scheme: 'Bearer', secret: credential.secret } } : {}),
      },
      body: JSON.stringify({ model, input: text }),
      firstByteTimeoutMs: TIMEOUT_MS,
      idleTimeoutMs: TIMEOUT_MS,
      maxBytes: MOST_BYTES,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    const words = await answer.text()
    if (answer.status >= 300) throw new Error(`the moderation endpoint answered ${answer.status}`)
    return Moderation.parse(JSON.parse(words)).results.some((result) =>
      categories.length === 0 ? result.flagged : categories.some((category) => result.categories[category] === true),
    )
  },
})

const TIMEOUT_MS = 10_000
const MOST_BYTES = 1024 * 1024

/** OpenAI's shape. */
const Moderation = z.looseObject({
  results: z
    .array(
      z.looseObject({ flagged: z.boolean(), categories: z.record(z.string(), z.boolean().nullable()).default({}) }),
    )
    .min(1),
})
