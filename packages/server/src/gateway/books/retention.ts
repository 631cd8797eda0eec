import {
  redact,
  type KeptAnswer,
  type Redaction,
  type RedactionPattern,
  type Retention,
  retentionFor,
} from '@assay/core'
import { readRetention, type BodyRecord, type Store } from '@assay/store'
import { RE2JS } from 're2js'
import type { ChatJob } from '../chat/chat-job.ts'
import { keepRecent } from '../keys/recent.ts'
import type { KeyHolder } from '../parts.ts'

/** A longer request or answer is not kept. */
const MOST_BODY_BYTES = 1_048_576

type Wishes = { retention: Retention; own: readonly Redaction[] }

/** While the database is away and no wish is known, nothing but the row is kept. */
const unknown: Wishes = { retention: 'metadata', own: [] }

/** What is kept of requests, and the keeping of bodies. */
export type Bodies = {
  /** What is kept of a request; at once where the workspace's wish is known, else a promise. */
  retentionOf(holder: KeyHolder, asked: Retention | null): Retention | Promise<Retention>
  /** Keeps request and answer, freed of what must not be stored, after the answer's last byte. */
  keep(job: Pick<ChatJob, 'record' | 'input' | 'holder'>, answer: KeptAnswer): Promise<void>
  /** Lets a change of a workspace's wishes be seen by its next request. */
  forget(workspaceId: string): void
}

/** Reads and remembers what workspaces want kept, and puts bodies into the spool. */
export const createBodies = (parts: {
  store: Pick<Store, 'inWorkspace'>
  append: (body: BodyRecord) => Promise<void>
  onDropped: () => void
  now: () => number
}): Bodies => {
  const known = keepRecent<Wishes>({
    now: parts.now,
    read: async (workspaceId) => {
      const { retention, patterns } = await parts.store.inWorkspace(workspaceId, readRetention)
      return { retention, own: patterns.map(redactionOf) }
    },
  })

  const wishesOf = (workspaceId: string): Wishes | Promise<Wishes> => {
    const wishes = known.of(workspaceId)
    return wishes instanceof Promise ? wishes.catch(() => unknown) : wishes
  }

  return {
    retentionOf: (holder, caller) => {
      // A key that says for itself needs nobody to be asked.
      if (holder.retention !== null) return retentionFor({ key: holder.retention, workspace: 'none', caller })
      const of = ({ retention }: Wishes): Retention => retentionFor({ key: null, workspace: retention, caller })
      const wishes = wishesOf(holder.workspaceId)
      return wishes instanceof Promise ? wishes.then(of) : of(wishes)
    },
    keep: async ({ record, input, holder }, answer) => {
      if (input.bytes.length > MOST_BODY_BYTES || answer.text.length > MOST_BODY_BYTES) return parts.onDropped()
      const { own } = await wishesOf(holder.workspaceId)
      // One redaction over both, so that a value has one placeholder in question and answer.
      const { value, redactions } = redact({ request: input.request, answer }, own)
      await parts.append({
        id: record.id,
        workspaceId: record.workspaceId,
        at: record.at,
        request: value.request,
        answer: value.answer,
        redactions,
      })
    },
    forget: known.forget,
  }
}

/** A workspace's own kind of value, found in linear time whatever its expression. */
export const redactionOf = ({ name, pattern }: RedactionPattern): Redaction => {
  const expression = RE2JS.compile(pattern)
  return {
    kind: name,
    hint: /[^]/,
    replace: (text, placeholder) => {
      const matcher = expression.matcher(text)
      let [done, from] = ['', 0]
      while (matcher.find()) {
        const found = matcher.group() ?? ''
        if (found === '') continue
        done += text.slice(from, matcher.start()) + placeholder(found)
        from = matcher.end()
      }
      return done + text.slice(from)
    },
  }
}
