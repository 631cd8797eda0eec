import { availableParallelism } from 'node:os'
import { AssayError, type Log, type Sandbox } from '@assay/core'
import { sandboxLimits } from './limits.ts'
import { startMember, type Call, type Member } from './member.ts'
import type { Question } from './protocol.ts'
import { matchRegex } from './regex.ts'
import { mostSteps } from './regex-steps.ts'

/** The sandbox with its threads; whoever opens it closes it. */
export type SandboxPool = Sandbox & AsyncDisposable & { close(): Promise<void> }

/** So many calls a thread is handed ahead of the one it is at, so that it never waits for us. */
const AHEAD = 8

/**
 * Warm threads that are thrown away when a call goes wrong. They start when they are first needed: one at once, the
 * next when all are busy. At least two, so that one hostile call does not hold up the others.
 */
export const createSandboxPool = ({
  size = defaultSize(),
  log,
  onKilled,
}: {
  size?: number
  log: Log
  /** Told of each thread that was ended by force. */
  onKilled?: () => void
}): SandboxPool => {
  const members = new Set<Member>()
  const waiting: Call[] = []
  let isClosed = false

  const place = (call: Call) => {
    const free = leastBusy(members)
    if (free?.load === 0) free.ask(call)
    else if (members.size < size) startOne().ask(call)
    else if (free && free.load < AHEAD) free.ask(call)
    else waiting.push(call)
  }
  const startOne = (): Member => {
    const member = startMember({
      slow: (calls) => calls.forEach(place),
      dead: (calls) => {
        members.delete(member)
        onKilled?.()
        log.warn({ left: calls.length }, 'a sandbox thread was ended and is replaced')
        startOne()
        for (const call of [...calls, ...waiting.splice(0)]) place(call)
      },
    })
    members.add(member)
    return member
  }
  const next = () => {
    if (waiting.length > 0) place(waiting.shift()!)
  }
  const ask = (question: Question, type: string): Promise<object> =>
    new Promise((resolve, reject) => {
      if (isClosed) return reject(new AssayError('internal.stopping', {}))
      place({
        question,
        settle: (outcome) => {
          next()
          if ('timedOut' in outcome)
            reject(new AssayError('assertion.timeout', { type, timeoutMs: sandboxLimits.timeoutMs }))
          else resolve(outcome)
        },
        fail: (reason) => {
          next()
          reject(failureOf(reason, type))
        },
      })
    })

  const close = async () => {
    isClosed = true
    for (const call of waiting.splice(0)) call.fail('closed')
    await Promise.all([...members].map((member) => member.stop()))
    members.clear()
  }
  return { ...questions(ask), close, [Symbol.asyncDispose]: close }
}

/** The calls of the core's sandbox as questions to a thread, their sizes checked before they are sent. */
const questions = (ask: (question: Question, type: string) => Promise<object>): Sandbox => ({
  async regex({ pattern, text }) {
    checkSize('regex', pattern.length + text.length)
    if (mostSteps(pattern, text.length) <= sandboxLimits.stepsHere) return matchRegex(pattern, text)
    return (await ask({ kind: 'regex', pattern, text }, 'regex')) as Awaited<ReturnType<Sandbox['regex']>>
  },
  async schema({ schema, texts }) {
    const isYaml = typeof schema === 'string'
    const text = isYaml ? schema : (JSON.stringify(schema) ?? 'null')
    if (text.length > sandboxLimits.schemaCharacters) return { problem: 'is larger than 256 KiB' }
    checkSize(
      'JSON Schema',
      texts.reduce((sum, one) => sum + one.length, 0),
    )
    return (await ask({ kind: 'schema', schema: text, isYaml, texts }, 'JSON Schema')) as Awaited<
      ReturnType<Sandbox['schema']>
    >
  },
  async sql(call) {
    checkSize('SQL', call.text.length)
    const outcome = (await ask({ kind: 'sql', ...call }, 'is-sql')) as
      | Awaited<ReturnType<Sandbox['sql']>>
      | { missing: string }
    if (!('missing' in outcome)) return outcome
    throw new AssayError('assertion.needs_package', { type: 'is-sql', name: outcome.missing })
  },
  async javascript({ code, output, context }) {
    const texts = [JSON.stringify(output) ?? 'null', JSON.stringify(context)] as const
    checkSize('javascript', code.length + texts[0].length + texts[1].length)
    return (await ask({ kind: 'javascript', code, output: texts[0], context: texts[1] }, 'javascript')) as Awaited<
      ReturnType<Sandbox['javascript']>
    >
  },
})

const checkSize = (type: string, characters: number): void => {
  if (characters > sandboxLimits.inputCharacters) {
    throw new AssayError('assertion.bad_value', { type, reason: `${characters} characters are more than 1 MB` })
  }
}

const failureOf = (reason: Parameters<Call['fail']>[0], type: string): AssayError => {
  if (reason === 'closed') return new AssayError('internal.stopping', {})
  const { timeoutMs, heapMb } = sandboxLimits
  return new AssayError('assertion.timeout', {
    type,
    timeoutMs,
    ...(reason === 'memory' && { limit: `${heapMb} MB of memory` }),
  })
}

const leastBusy = (members: Iterable<Member>): Member | null => {
  let best: Member | null = null
  for (const member of members) {
    if (!member.isSlow && (!best || member.load < best.load)) best = member
  }
  return best
}

const defaultSize = (): number => Math.max(2, Math.min(4, availableParallelism()))
