import { workerData, type MessagePort } from 'node:worker_threads'
import { loadEngine, prepareWorld, runJavascript } from './javascript.ts'
import type { Ask, Question, Reply } from './protocol.ts'
import { matchRegex } from './regex.ts'
import { checkSchema } from './schema.ts'

/** The thread of the pool: answers one question after the other, in the order in which they came. */
const { port } = workerData as { port: MessagePort }

const say = (reply: Reply) => port.postMessage(reply)

const answer = (question: Question): object | Promise<object> => {
  if (question.kind === 'regex') return matchRegex(question.pattern, question.text)
  if (question.kind === 'schema') return checkSchema(question.schema, question.isYaml, question.texts)
  return answerScript(question)
}

const answerScript = async (question: Question & { kind: 'javascript' }): Promise<object> => {
  const engine = await loadEngine()
  say({ ready: true })
  const outcome = runJavascript(engine, question)
  return outcome === 'timeout' ? { timedOut: true } : outcome
}

/** Set while a script waits for the interpreter; what comes meanwhile waits behind it. */
let tail: Promise<void> | null = null

port.on('message', ({ id, question }: Ask) => {
  const reply = (outcome: object) => say({ id, outcome })
  const outcome = tail ? tail.then(() => answer(question)) : answer(question)
  if (!(outcome instanceof Promise)) return reply(outcome)
  const mine = outcome.then(reply).finally(() => {
    if (tail === mine) tail = null
    setImmediate(() => void prepareWorld())
  })
  tail = mine
})

say({ ready: true })
