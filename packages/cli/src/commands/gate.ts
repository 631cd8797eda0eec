import { appendFile, writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { Client } from '@assay/client'
import type { Gate } from '@assay/core'
import { type ActionContext, apiAction, withExample } from '../action.ts'
import { bar } from '../print/chart.ts'
import type { Progress } from '../run-tests.ts'
import { usageError } from '../terminal/usage-error.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { lengthMs } from '../times.ts'

type Options = {
  run?: boolean
  maxAge?: string
  tag?: string
  env?: string
  block: string
  minConfidence?: number
  minTrust?: number
  strict?: boolean
  requireTests?: boolean
  release?: string
  timeout: string
  junit?: string
  summary?: string
}

type Policy = Parameters<Client['checkGate']>[0]['body']

const [CLOSED, UNKNOWN] = [100, 5]
const METER_WIDTH = 20
const RERUNS = 5
const MOST_IDS = 1_000

/** `assay gate`: may a release go on? */
export const gateCommand = (program: Command, terminal: Terminal): void => {
  withExample(
    program
      .command('gate')
      .description(
        'Decide by the regression tests whether a release may go on: 0 open, 100 closed, 5 when nothing is known.',
      )
      .option('--run', 'Run the tests now, instead of looking at their latest results.')
      .option('--max-age <length>', 'A test that guards must have a result at most this old (24h).')
      .option('--tag <tag>', 'Only tests with this tag.')
      .option('--env <environment>', 'Where they run or ran: dev, staging, production, local or ci.')
      .option('--block <which>', 'any, or critical: only severe, tagged or highly trusted tests block.', 'any')
      .option('--min-confidence <number>', 'Closed when a test that guards has less, 0 to 100.', percent)
      .option('--min-trust <number>', 'Closed when a test that guards has less, 0 to 100.', percent)
      .option('--strict', 'Flaky tests block too.')
      .option('--require-tests', 'Closed when no test guards.')
      .option('--release <name>', 'What is about to be released, such as a commit.')
      .option('--timeout <length>', 'So long --run waits.', '30min')
      .option('--junit <file>', 'Write a JUnit report.')
      .option('--summary <file>', 'Append a summary in Markdown, such as to $GITHUB_STEP_SUMMARY.'),
    'assay gate',
    'assay gate --run --env ci --release "$GITHUB_SHA" --junit gate.xml --summary "$GITHUB_STEP_SUMMARY"',
    'assay gate --block critical --max-age 6h --min-confidence 60',
  ).action(
    apiAction(
      terminal,
      async ({ connect, out }, options: Options) => {
        const policy = await policyOf(options)
        const timeoutMs = await lengthMs(options.timeout, { flag: '--timeout' })
        const { client } = await connect()
        const runId = options.run ? await runTests(client, policy, { out, terminal, timeoutMs }) : undefined
        const gate = await client.checkGate({ body: runId === undefined ? policy : { ...policy, runId } })
        await writeReports(gate, options)
        const { gateText } = await import('../print/gate.ts')
        out.show(gate, () => gateText(gate, { out, now: terminal.now() }))
        for (const warning of gate.warnings) out.note(`Warning: ${warning}`)
        return { open: 0, closed: CLOSED, unknown: UNKNOWN }[gate.state]
      },
      { background: true },
    ),
  )
}

const percent = (written: string): number => {
  const number = Number(written)
  if (written.trim() !== '' && number >= 0 && number <= 100) return number
  throw usageError(`A minimum is a number from 0 to 100, but it is ${written}.`, 'Give a number such as 60.')
}

const environments = ['dev', 'staging', 'production', 'local', 'ci']

const policyOf = async (options: Options): Promise<Policy> => {
  const { run, maxAge, tag, env, block, minConfidence, minTrust, strict, requireTests, release } = options
  if (run && maxAge !== undefined) {
    throw usageError(
      '--run and --max-age exclude each other: a run has fresh results.',
      'Leave one away: `assay gate --run`.',
    )
  }
  if (block !== 'any' && block !== 'critical') {
    throw usageError(`--block is any or critical, but it is ${block}.`, 'Try `assay gate --block critical`.')
  }
  if (env !== undefined && !environments.includes(env)) {
    throw usageError(`--env is one of ${environments.join(', ')}, but it is ${env}.`, 'Try `assay gate --env ci`.')
  }
  if (minConfidence !== undefined && !Number.isInteger(minConfidence)) {
    throw usageError(`--min-confidence is a whole number, but it is ${minConfidence}.`, 'Give a number such as 60.')
  }
  return {
    block,
    ...(maxAge === undefined ? {} : { maxAgeMs: await lengthMs(maxAge, { flag: '--max-age' }) }),
    ...(tag === undefined ? {} : { tag }),
    ...(env === undefined ? {} : { environment: env as NonNullable<Policy['environment']> }),
    ...(minConfidence === undefined ? {} : { minConfidence }),
    ...(minTrust === undefined ? {} : { minTrust }),
    ...(strict ? { strict } : {}),
    ...(requireTests ? { requireTests } : {}),
    ...(release === undefined ? {} : { release }),
  }
}

/** Runs the tests that must pass and waits for their end; undefined when there is none, so that the gate says so. */
const runTests = async (
  client: Client,
  policy: Policy,
  { out, timeoutMs }: ActionContext & { timeoutMs: number },
): Promise<string | undefined> => {
  const { waitForRun } = await import('../run-tests.ts')
  const testIds = await requiredTests(client, policy)
  if (testIds.length === 0) return undefined
  const { environment = 'ci', release, tag } = policy
  const started = await client.runRegressionTests({
    body: {
      ...(testIds.length <= MOST_IDS ? { testIds } : tag === undefined ? { runAll: true as const } : { tag }),
      environment,
      // A deployment is of a release; what names none is CI.
      trigger: release === undefined ? 'ci' : 'deployment',
      reruns: RERUNS,
      ...(release === undefined ? {} : { release }),
    },
  })
  const { runId, tests } = started
  out.note(`Running ${tests} ${tests === 1 ? 'test' : 'tests'} …`)
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    const show = ({ status, done }: Progress) =>
      out.progress(`${bar(done / tests, METER_WIDTH)} ${done} of ${tests}, ${status}`)
    await waitForRun(client, runId, show, timeout)
  } catch (error) {
    if (!timeout.aborted) throw error
  }
  out.progress(null)
  return runId
}

/** Those that guard; which of them may block is the gate's to say. */
const requiredTests = async (client: Client, { tag, strict }: Policy): Promise<string[]> => {
  const ids: string[] = []
  for (const state of ['active', 'broken', ...(strict ? (['flaky'] as const) : [])] as const) {
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<Client['listRegressionTests']>> = await client.listRegressionTests({
        query: { state, limit: 200, ...(tag ? { tag } : {}), ...(cursor === null ? {} : { cursor }) },
      })
      ids.push(...page.items.filter(({ isActive }) => isActive).map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor !== null)
  }
  return ids
}

const writeReports = async (gate: Gate, { junit, summary }: Options): Promise<void> => {
  if (junit === undefined && summary === undefined) return
  const { gateJUnit, gateMarkdown } = await import('@assay/runner')
  try {
    if (junit !== undefined) await writeFile(junit, gateJUnit(gate))
    if (summary !== undefined) await appendFile(summary, gateMarkdown(gate))
  } catch (error) {
    throw usageError(
      `The report could not be written: ${(error as Error).message}.`,
      'Name a file in a folder that exists.',
    )
  }
}
