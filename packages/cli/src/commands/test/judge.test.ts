import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CaseResult } from '@assay/core'
import { runAssay, temporaryDirectory } from '@assay/testkit'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let server: Server
let url: string
/** The models that were asked, in order. */
let asked: string[] = []

const usage = { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 }

beforeAll(async () => {
  directory = await temporaryDirectory()
  server = createServer((incoming, outgoing) => {
    let body = ''
    incoming.on('data', (chunk: Buffer) => (body += chunk.toString()))
    incoming.on('end', () => {
      const { model, input } = JSON.parse(body) as { model: string; input?: string | string[] }
      asked.push(model)
      const content = model === 'strict' ? '{"reason":"cold","pass":false,"score":0.2}' : 'Dear Ada'
      const kind = model === 'kind' ? '{"reason":"warm","pass":true,"score":1}' : content
      const vector = String(input).includes('Ada') ? [0.6, 0.8] : [0.8, 0.6]
      const reply = incoming.url?.endsWith('/embeddings')
        ? { object: 'list', model, data: [{ object: 'embedding', index: 0, embedding: vector }], usage }
        : {
            model,
            choices: [{ index: 0, message: { role: 'assistant', content: kind }, finish_reason: 'stop' }],
            usage,
          }
      outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
})

afterAll(async () => {
  server.close()
  await directory[Symbol.asyncDispose]()
})

beforeEach(() => {
  asked = []
})

/** Runs a suite of one case, and answers what became of it. */
const run = async (name: string, assert: object[], ...words: string[]) => {
  const suite = join(directory.path, `${name}.json`)
  await writeFile(
    suite,
    JSON.stringify({ providers: ['compatible/writer'], tests: [{ id: 'a', input: 'Greet Ada.', assert }] }),
  )
  const environment = { ASSAY_DATA: join(directory.path, name), OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: url }
  const ran = await runAssay(['test', suite, '--json', ...words], { environment })
  const events = ran.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as CaseResult & { event: string })
  return { ...ran, result: events.find(({ event }) => event === 'result') }
}

const rubric = [{ type: 'llm-rubric', value: 'is kind' }]

test('--judge says who judges, and what that took stands apart', async () => {
  const kind = await run('judged', rubric, '--judge', 'compatible/kind')
  expect(kind).toMatchObject({ exitCode: 0, result: { status: 'passed', judge: { calls: 1, inputTokens: 20 } } })
  expect(asked).toEqual(['writer', 'kind'])
  const strict = await run('judged', rubric, '--judge', 'compatible/strict')
  expect(strict).toMatchObject({ exitCode: 100, result: { status: 'failed', cached: true } })
  expect(asked).toEqual(['writer', 'kind', 'strict'])
})

test('--rescore asks no judge whose verdict is kept, and --ask-judges the others', async () => {
  await run('again', rubric, '--judge', 'compatible/kind')
  asked = []
  const same = await run('again', rubric, '--judge', 'compatible/kind', '--rescore')
  expect(same).toMatchObject({ exitCode: 0, result: { status: 'passed' } })
  const other = [{ type: 'llm-rubric', value: 'is short' }]
  expect(await run('again', other, '--judge', 'compatible/kind', '--rescore')).toMatchObject({
    result: { status: 'unscored' },
  })
  expect(asked).toEqual([])
  expect(await run('again', other, '--judge', 'compatible/kind', '--rescore', '--ask-judges')).toMatchObject({
    result: { status: 'passed' },
  })
  expect(asked).toEqual(['kind'])
})

test('embeddings are kept for --rescore where no cache keeps them', async () => {
  const similar = (threshold: number) => [
    { type: 'similar', value: 'Hello Grace', threshold, provider: 'compatible/embedder' },
  ]
  expect(await run('near', similar(0.9), '--no-cache')).toMatchObject({ exitCode: 0 })
  expect(asked).toEqual(['writer', 'embedder', 'embedder'])
  expect(await run('near', similar(0.99), '--no-cache', '--rescore')).toMatchObject({
    exitCode: 100,
    result: { status: 'failed', verdicts: [{ score: expect.closeTo(0.96, 5) as number }] },
  })
  expect(asked).toHaveLength(3)
})

test('a judge without a key is told before anything is asked', async () => {
  const { exitCode, stderr } = await run('keyless', rubric, '--judge', 'mistral/mistral-large-latest')
  expect(exitCode).toBe(2)
  expect(stderr).toContain('MISTRAL_API_KEY')
  expect(asked).toEqual([])
})
