import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from '@assay/client'
import type { ChatRequest, Config, Log } from '@assay/core'
import { connect } from '../connect.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { type ModelServer, startModelServer } from './model-server.ts'

/** Everything the demo started, and how it reaches it: as an application with a key, and as the person at the keyboard. */
export type Stage = AsyncDisposable & {
  url: string
  signInUrl: string
  dataDir: string
  /** True when the data go away with the demo. */
  isTemporary: boolean
  /** The port that was wanted, when it was taken. */
  takenPort: number | null
  modelServer: ModelServer
  client: Client
  /** Sends one chat completion over HTTP; answers its request id and its text. */
  ask: (key: string, body: ChatRequest) => Promise<{ requestId: string; text: string }>
}

/** What the environment may not decide here: the demo needs no other server, no key and no other database. */
const OVERRULED = [
  'DATABASE_URL',
  'ASSAY_URL',
  'ASSAY_API_KEY',
  'ASSAY_ROLES',
  'OPENAI_API_KEY',
  'OPENAI_BASE_URL',
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_BASE_URL',
  'GEMINI_API_KEY',
  'GOOGLE_API_KEY',
  'GEMINI_BASE_URL',
]

/** Starts a model server, then Assay beside it on the embedded database, with nothing but the built-in models. */
export const setStage = async (terminal: Terminal, log: Log): Promise<Stage> => {
  await using opened = new AsyncDisposableStack()
  const [{ readConfig }, { serve }, { createEgress }] = await Promise.all([
    import('@assay/core'),
    import('@assay/server'),
    import('@assay/providers'),
  ])
  const isTemporary = !terminal.environment['ASSAY_DATA']
  const dataDir = terminal.environment['ASSAY_DATA'] ?? (await temporaryDirectory(opened))
  const modelServer = opened.use(await startModelServer())
  const environment = {
    ...terminal.environment,
    ...Object.fromEntries(OVERRULED.map((name) => [name, undefined])),
    ASSAY_DATA: dataDir,
    ASSAY_EGRESS_ALLOW: modelServer.host,
  }
  const config = readConfig(environment)
  const service = await serve(config, { log, takeNextPort: true })
  opened.defer(() => service.close())
  const { url, signInUrl } = service
  const { client } = opened.use(await connect({ environment }))
  const egress = opened.use(createEgress({ allow: [new URL(url).host], log }))
  const running = opened.move()
  return {
    url,
    signInUrl,
    dataDir,
    isTemporary,
    takenPort: takenPort(config, url),
    modelServer,
    client,
    ask: (key, body) => ask(egress, { url: `${url}/v1/chat/completions`, key, body }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

const takenPort = ({ ASSAY_PORT: wanted }: Config, url: string): number | null =>
  wanted === 0 || Number(new URL(url).port) === wanted ? null : wanted

const temporaryDirectory = async (opened: AsyncDisposableStack): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), 'assay-demo-'))
  opened.defer(() => rm(path, { recursive: true, force: true }))
  return path
}

type Egress = ReturnType<(typeof import('@assay/providers'))['createEgress']>

const ASK_TIMEOUT_MS = 30_000

const ask = async (
  egress: Egress,
  { url, key, body }: { url: string; key: string; body: ChatRequest },
): Promise<{ requestId: string; text: string }> => {
  const answer = await egress.send({
    method: 'POST',
    url,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
  })
  const text = await answer.text()
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}: ${text.slice(0, 500)}`)
  return { requestId: String(answer.headers['x-assay-request-id']), text }
}
