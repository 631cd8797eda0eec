import type { Command } from 'commander'
import type { Client } from '@assay/client'
import type { Experiment, ExperimentDetails } from '@assay/core'
import { setTimeout as delay } from 'node:timers/promises'
import { apiAction, withExample } from '../action.ts'
import { resolveId } from '../ids.ts'
import { type ListOptions, readPages, withLimit } from '../pages.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { usageError } from '../terminal/usage-error.ts'
import { suiteId } from './suites.ts'
import { wholeNumber } from './test/options.ts'

type CreateOptions = {
  arm: string[]
  suite?: string
  traffic?: string
  model?: string
  share?: string
  outcome?: string
  known?: string
  better?: string
  margin?: string
  maxSamples?: number
  repeats?: number
  maxCost?: string
  wait?: boolean
}
type Body = Parameters<Client['createExperiment']>[0]['body']

const POLL_MS = 300

/** `assay tests ab`: try strategies against each other, and stop as soon as they are told apart. */
export const addAbCommand = (tests: Command, terminal: Terminal): void => {
  const ab = tests.command('ab').description('Try prompts, models and parameters against each other.')
  const one = (command: Command) => command.argument('<experiment>', 'Id, the beginning of it, or the name.')
  const idOf = (client: Client, written: string) =>
    resolveId('experiment', written, () => client.listExperiments({ query: { limit: 200 } }))

  withExample(
    ab
      .command('create')
      .argument('<name>', 'What it is called.')
      .description('Start an experiment: one arm against a known rate, or two arms on the same cases.')
      .requiredOption(
        '--arm <strategy>',
        'NAME, or NAME:model=…,temperature=…,promptFile=…; twice for two arms, the verdict speaks of the last.',
        (written: string, before: string[] | undefined) => [...(before ?? []), written],
      )
      .option('--suite <suite>', 'Try them on this stored suite, by its name or id.')
      .option('--traffic <model>', 'Try them on requests for this model, alias or auto.')
      .option('--model <model>', 'With --suite: for arms that name none.')
      .option('--share <part>', 'With --traffic: so much of the conversations, 0.01 to 1 (1).')
      .option('--outcome <which>', 'With --traffic: failures, or feedback of people.', 'failures')
      .option('--known <rate>', 'With one arm: the pass rate known so far, 0.01 to 0.99.')
      .option('--better <rate>', 'With one arm: the rate worth knowing of.')
      .option('--margin <part>', 'With two arms: how far from even counts as a difference (0.15).')
      .option('--max-samples <count>', 'So many at most (1000).', wholeNumber)
      .option('--repeats <count>', 'With --suite: how often each case is asked (1).', wholeNumber)
      .option('--max-cost <usd>', 'With --suite: stop when this is spent (1).')
      .option('--wait', 'With --suite: wait for the verdict.'),
    'assay tests ab create "shorter prompt" --suite invoices --arm now --arm short:promptFile=short.txt --wait',
    'assay tests ab create "cheap enough" --traffic auto --share 0.2 --arm now --arm cheap:model=sim/fast',
  ).action(
    apiAction(
      terminal,
      async ({ connect, out }, name: string, options: CreateOptions) => {
        const arms = await Promise.all(options.arm.map(armOf))
        const design = designOf(options, arms.length)
        refuseUnclear(options)
        const { client } = await connect()
        const created = await client.createExperiment({
          body: { name, arms, design, scope: await scopeOf(client, options) },
        })
        const { experimentText } = await import('../print/experiments.ts')
        const shown = options.wait ? await wait(client, created) : created
        const details = await client.getExperiment({ params: { id: shown.id } })
        out.show(details, () => experimentText(details, { out, now: terminal.now() }))
      },
      { background: true },
    ),
  )

  withExample(
    withLimit(ab.command('list').description('List the experiments, the newest first.')),
    'assay tests ab list',
  ).action(
    apiAction(terminal, async ({ connect, out }, options: ListOptions) => {
      const { client } = await connect()
      const { experimentTable } = await import('../print/experiments.ts')
      const rows = await readPages(options, (query) => client.listExperiments({ query }))
      out.list(rows, () => experimentTable(rows, { out, now: terminal.now() }), 'There is no experiment.')
    }),
  )

  withExample(
    one(ab.command('show').description('Show one experiment: verdict, arms, and the course of its evidence.')),
    'assay tests ab show "shorter prompt"',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const { experimentText } = await import('../print/experiments.ts')
      const details = await client.getExperiment({ params: { id: await idOf(client, written) } })
      out.show(details, () => experimentText(details, { out, now: terminal.now() }))
    }),
  )

  withExample(
    one(ab.command('stop').description('Stop an experiment; what it has seen stays.')),
    'assay tests ab stop "cheap enough"',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const stopped = await client.stopExperiment({ params: { id: await idOf(client, written) } })
      out.show(stopped, ({ name, verdict, samples }) => `Stopped ${name} after ${samples} samples: ${verdict}.`)
    }),
  )
}

const wait = async (client: Client, { id }: Experiment): Promise<ExperimentDetails> => {
  for (;;) {
    const found = await client.getExperiment({ params: { id } })
    if (found.state !== 'running') return found
    await delay(POLL_MS)
  }
}

const numbers = new Set(['temperature', 'top_p', 'max_tokens', 'seed'])

/** `short:model=sim/echo,temperature=0.2` as a strategy. */
const armOf = async (written: string): Promise<Body['arms'][number]> => {
  const [name = '', ...rest] = written.split(':')
  const strategy: Record<string, unknown> = { name }
  const parameters: Record<string, number | string> = {}
  for (const part of rest.join(':').split(',').filter(Boolean)) {
    const [key = '', ...value] = part.split('=')
    const text = value.join('=')
    if (text === '') throw usageError(`--arm ${written}: ${part} has no value.`, 'Write --arm short:temperature=0.2.')
    if (numbers.has(key)) parameters[key] = Number(text)
    else if (key === 'reasoning_effort') parameters[key] = text
    else if (key === 'promptFile')
      Object.assign(strategy, { prompt: await readText(text), promptVersion: text.slice(0, 80) })
    else if (key === 'model' || key === 'prompt' || key === 'promptVersion') strategy[key] = text
    else {
      const known = ['model', 'prompt', 'promptFile', 'promptVersion', 'reasoning_effort', ...numbers].join(', ')
      throw usageError(`--arm ${written}: ${key} is not known.`, `An arm has ${known}.`)
    }
  }
  if (Object.keys(parameters).length > 0) strategy['parameters'] = parameters
  return strategy as Body['arms'][number]
}

const readText = async (path: string): Promise<string> => {
  const { readFile } = await import('node:fs/promises')
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw usageError(`The prompt ${path} could not be read: ${(error as Error).message}.`, 'Name a file that exists.')
  }
}

const refuseUnclear = ({ suite, traffic }: CreateOptions): void => {
  if ((suite === undefined) === (traffic === undefined)) {
    throw usageError('Say what to try them on: --suite or --traffic, one of them.', 'Try --suite invoices.')
  }
}

const number = (written: string, flag: string): number => {
  const value = Number(written)
  if (written.trim() === '' || Number.isNaN(value))
    throw usageError(`${flag} is a number, but it is ${written}.`, `Try ${flag} 0.9.`)
  return value
}

const designOf = ({ known, better, margin, maxSamples }: CreateOptions, arms: number): Body['design'] => {
  const most = maxSamples === undefined ? {} : { maxSamples }
  if (arms === 2) {
    if (known !== undefined || better !== undefined) {
      throw usageError(
        '--known and --better belong to one arm, but two were given.',
        'Leave them away, or give one --arm.',
      )
    }
    return { kind: 'paired', ...(margin === undefined ? {} : { margin: number(margin, '--margin') }), ...most }
  }
  if (arms > 2) throw usageError(`${arms} arms were given; two can be told apart.`, 'Give --arm once or twice.')
  if (known === undefined || better === undefined) {
    throw usageError(
      'One arm is tried against a known rate: --known and --better are missing.',
      'Try --known 0.8 --better 0.9.',
    )
  }
  return { kind: 'rate', known: number(known, '--known'), better: number(better, '--better'), ...most }
}

const scopeOf = async (client: Client, options: CreateOptions): Promise<Body['scope']> => {
  const { suite, traffic, model, share, outcome, repeats, maxCost } = options
  if (suite === undefined) {
    return {
      source: 'traffic',
      model: traffic!,
      outcome: outcome as 'failures',
      ...(share === undefined ? {} : { share: number(share, '--share') }),
    }
  }
  return {
    source: 'suite',
    suiteId: await suiteId(client, suite),
    ...(model === undefined ? {} : { model }),
    ...(repeats === undefined ? {} : { repeats }),
    ...(maxCost === undefined ? {} : { maxCostUsd: number(maxCost, '--max-cost') }),
  }
}
