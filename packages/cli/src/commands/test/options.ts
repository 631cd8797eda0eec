import type { Command } from 'commander'
import type { CaseFilter, CaseKind, Dialect } from '@assay/core'
import type { Framework } from '@assay/runner'
import { usageError } from '../../terminal/usage-error.ts'

/** What was asked for on the command line of `assay test`. */
export type TestOptions = {
  models?: string[]
  plugins?: string[]
  framework: Framework
  yes?: boolean
  concurrency: number
  repeat?: number
  passAt?: string
  filter?: string
  tag?: string[]
  kind?: CaseKind[]
  keepGoing?: boolean
  dialect?: Dialect
  ignoreUnsupported?: boolean
  timeoutMs?: number
  maxRetries: number
  maxCost?: number
  maxTokens?: number
  maxDuration?: number
  failFast?: boolean
  cache: boolean
  refreshCache?: boolean
  cacheTtl?: number
  record?: string
  replay?: string
  resume?: string | true
  rescore?: string | true
  judge?: string
  askJudges?: boolean
  retryErrors?: boolean
  retryFailed?: boolean
  validate?: boolean
  schema?: boolean
  watch?: boolean
  dryRun?: boolean
  verbose?: boolean
  sample?: number
  seed?: number
  envFile?: string
  strict?: boolean
  minPassRate?: number
  minScore?: number
  out?: string[]
  saveBaseline?: string
  baseline?: string
  margin?: number
  commentFile?: string
  upload?: boolean
  verify?: boolean
}

/** The cases that were asked for. */
export const filterOf = ({ filter: text, tag: tags, kind: kinds }: TestOptions): CaseFilter => ({ text, tags, kinds })

/** Adds the options of `assay test` to it. */
export const addTestOptions = (command: Command): Command =>
  command
    .optionsGroup('What is run:')
    .option('--local', 'Run on this machine, which is what happens anyway; `assay runs start` runs on the server.')
    .option('-m, --models <names>', 'Models, comma separated, instead of those of the suite.', nameList)
    .option(
      '-p, --plugins <names>',
      'Tools for an agent: filesystem, fetch, memory …, or "name=command args"; repeatable.',
      collect,
    )
    .option(
      '-f, --framework <name>',
      'Who runs a case: auto, model, agent, litellm or claude-agent.',
      frameworkNamed,
      'auto',
    )
    .option('-y, --yes', 'Start the plugins of the suite without asking.')
    .option('--filter <text>', 'Cases with this text in their title.')
    .option('--tag <tag>', "Cases with this tag, '!slow' for those without; repeatable.", collect)
    .option('--kind <kinds>', 'Only smoke, contract, plain, regression or integration cases.', kindList)
    .option('--judge <model>', 'The model that judges where the suite names none; else one whose key is set.')
    .option('--sample <count>', 'So many of the cases, drawn by the seed.', wholeNumber)
    .option('--seed <number>', 'Seed of the sample and of the comparison (1).', countFromZero)
    .option('--repeat <count>', 'Run each case so often.', wholeNumber)
    .option('--pass-at <k/n>', 'Run each case until it passed k of n times, or cannot any more.', passAt)
    .option('--keep-going', 'Run the rest although a smoke case failed.')
    .option('--dialect <name>', 'Read the file as assay, promptfoo or prpm, whatever its name.', dialectNamed)
    .option('--ignore-unsupported', 'Leave out what a foreign file has and Assay has not, naming it.')
    .optionsGroup('How it is run:')
    .option('--env-file <file>', 'Read variables from a file; those that are set already stay.')
    .option('-j, --concurrency <count>', 'Calls at once, at most.', wholeNumber, 50)
    .option('--timeout-ms <ms>', 'Time for one answer, where a case sets none.', wholeNumber)
    .option('--max-retries <count>', 'Ask again so often after an overload or a broken line.', countFromZero, 3)
    .option('--max-cost <usd>', 'Stop when so many dollars are spent; the rest is skipped.', amount)
    .option('--max-tokens <count>', 'Stop when so many tokens are used.', wholeNumber)
    .option('--max-duration <seconds>', 'Stop after so many seconds.', amount)
    .option('--fail-fast', 'Stop at the first case that fails.')
    .option('--watch', 'Stay, and run again what changed when a file of the suite does.')
    .option('--no-cache', 'Ask the models although an answer is kept from an earlier run.')
    .option('--refresh-cache', 'Ask the models, and keep the answers in place of those there are.')
    .option('--cache-ttl <days>', 'Take answers that are at most so old (14).', amount)
    .option('--record <folder>', 'Keep what models, addresses and tools say, one file a request.')
    .option('--replay <folder>', 'Take what was recorded there, and call nothing.')
    .optionsGroup('What is a pass:')
    .option('--min-pass-rate <share>', 'Pass when so many passed, as 0.9 or 90%, instead of all.', share)
    .option('--min-score <score>', 'Pass when the overall score is at least this, as 0.8 or 80%.', share)
    .option('--strict', 'Do not pass when something could not be scored.')
    .option('--baseline <name>', 'Compare with a baseline or a run; a regression is no pass.')
    .option('--margin <share>', 'A change of the score within this is none (0.05).', share)
    .option('--save-baseline <name>', 'Keep the results as the baseline of this name.')
    .optionsGroup('Going on with a run:')
    .option('--resume [run]', 'Go on with a run that was ended, the newest when none is named.')
    .option('--retry-errors', 'With --resume: run again what ended in an error.')
    .option('--retry-failed', 'With --resume: run again what failed, too.')
    .option('--rescore [run]', 'Hold the kept answers of a run to the assertions as they are now; no call is made.')
    .option('--ask-judges', 'With --rescore: ask judges whose verdicts are not kept.')
    .optionsGroup('Without a run:')
    .option('--validate', 'Check the suite without calling a model.')
    .option('--dry-run', 'Show calls, tokens and cost to expect, and call nothing.')
    .option('--schema', 'Print the JSON Schema of assay.yaml, for editors.')
    .optionsGroup('Output:')
    .option('--out <file>', 'Report to .json, .jsonl, .junit.xml, .csv, .html or .md; repeatable.', collect)
    .option('-v, --verify', 'Have a published package verified by its owner; there are none to verify yet.')
    .option('-u, --upload [yes]', 'Send the results to the server when the run has ended.', yesOrNo)
    .option('--comment-file <file>', 'Write a comment for a pull request, with a mark to find it again.')
    .option('--verbose', 'Show input, response and every assertion.')

const yesOrNo = (text: string): boolean => oneOf(text, ['true', 'false'], 'answer to --upload') === 'true'

/** Names between commas. */
export const nameList = (text: string): string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)

/** Kinds of cases between commas. */
export const kindList = (text: string): CaseKind[] => nameList(text).map((name) => oneOf(name, kinds, 'kind'))

const dialectNamed = (text: string): Dialect => oneOf(text, dialects, 'dialect')

// Written out: the command is listed without loading what knows them.
const kinds = ['smoke', 'contract', 'plain', 'regression', 'integration'] as const satisfies readonly CaseKind[]
const dialects = ['assay', 'promptfoo', 'prpm'] as const satisfies readonly Dialect[]

/** `compatible` is what `litellm` is: any server of the kind. */
const frameworkNamed = (text: string): Framework =>
  oneOf(text === 'compatible' ? 'litellm' : text, frameworks, 'framework')

const frameworks = ['auto', 'model', 'agent', 'litellm', 'claude-agent'] as const satisfies readonly Framework[]

const oneOf = <Name extends string>(text: string, names: readonly Name[], what: string): Name => {
  const found = names.find((name) => name === text)
  if (found) return found
  throw usageError(`${JSON.stringify(text)} is no ${what}.`, `There are: ${names.join(', ')}.`)
}

const collect = (tag: string, before: string[] = []): string[] => [...before, tag]

/** A whole number of 1 or more. */
export const wholeNumber = (text: string): number => numberFrom(text, 1)
/** A whole number of 0 or more. */
export const countFromZero = (text: string): number => numberFrom(text, 0)

const numberFrom = (text: string, least: number): number => {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= least) return number
  throw usageError(`${JSON.stringify(text)} is not a whole number of ${least} or more.`, 'Write it in digits.')
}

const amount = (text: string): number => {
  const number = Number(text.replace(/^\$/, ''))
  if (text.trim() !== '' && Number.isFinite(number) && number >= 0) return number
  throw usageError(`${JSON.stringify(text)} is not a number of 0 or more.`, 'Write it in digits, such as 0.5.')
}

/** A share as `0.9` or `90%`. */
export const share = (text: string): number => {
  const [, digits, sign] = /^(\d*\.?\d+)(%?)$/.exec(text.trim()) ?? []
  const number = Number(digits) / (sign === '%' ? 100 : 1)
  if (number >= 0 && number <= 1) return number
  throw usageError(`${JSON.stringify(text)} is not a share between 0 and 1.`, 'Write it as 0.9 or 90%.')
}

const passAt = (text: string): string => {
  const [, passes, of] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? []
  if (Number(passes) >= 1 && Number(passes) <= Number(of) && Number(of) <= 1_000) return text
  throw usageError(`${JSON.stringify(text)} is not like 2/3.`, 'Write passes of repeats, both from 1 to 1000.')
}
