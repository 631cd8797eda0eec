import { workerData, type MessagePort } from 'node:worker_threads'
import type { Ask, Question, Reply } from './protocol.ts'
import { matchRegex } from './regex.ts'

/** The thread of the pool: answers one question after the other, in the order in which they came. */
const { port } = workerData as { port: MessagePort }

const say = (reply: Reply) => port.postMessage(reply)

const answer = (question: Question): object | Promise<object> => {
  if (question.kind === 'regex') return matchRegex(question.pattern, question.text)
  if (question.kind === 'schema') return answerSchema(question)
  return question.kind === 'sql' ? answerSql(question) : answerScript(question)
}

type Schemas = typeof import('./schema.ts')

// What checks schemas and what runs scripts is large, and many suites need neither.
let schemas: Schemas | null = null

const answerSchema = (question: Question & { kind: 'schema' }): object | Promise<object> => {
  const check = ({ checkSchema }: Schemas) => checkSchema(question.schema, question.isYaml, question.texts)
  if (schemas) return check(schemas)
  say({ ready: false })
  return import('./schema.ts').then((loaded) => {
    schemas = loaded
    say({ ready: true })
    return check(loaded)
  })
}

const answerSql = async (question: Question & { kind: 'sql' }): Promise<object> => {
  say({ ready: false })
  const { checkSql, loadParser } = await import('./sql.ts')
  const parser = await loadParser(question.databaseType)
  say({ ready: true })
  return typeof parser === 'string' ? { missing: parser } : checkSql(parser, question)
}

const answerScript = async (question: Question & { kind: 'javascript' }): Promise<object> => {
  say({ ready: false })
  const { loadEngine, prepareWorld, runJavascript } = await import('./javascript.ts')
  const engine = await loadEngine()
  say({ ready: true })
  const outcome = runJavascript(engine, question)
  setImmediate(() => void prepareWorld())
  return outcome === 'timeout' ? { timedOut: true } : outcome
}

/** Set while something is loaded; what comes meanwhile waits behind it. */
let tail: Promise<void> | null = null

// Each answer goes at once: were one held back, the question that hangs behind it could not be told from it.
port.on('message', (asks: Ask[]) => asks.forEach(take))

function take({ id, question }: Ask): void {
  const reply = (outcome: object) => say({ id, outcome })
  const outcome = tail ? tail.then(() => answer(question)) : answer(question)
  if (!(outcome instanceof Promise)) return reply(outcome)
  const mine = outcome.then(reply).finally(() => {
    if (tail === mine) tail = null
  })
  tail = mine
}

say({ ready: true })
