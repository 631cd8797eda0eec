/**
 * What classifying and grouping costs: `node -C assay-source bench/failure-speed.ts [file.jsonl]`, beside a plain pass of
 * masking patterns over the same messages, A B A B; then one hostile text of 100 KB beside one of 1 KB.
 */
import { existsSync, readFileSync } from 'node:fs'
import { diagnose } from '@assay/core'

type Report = Parameters<typeof diagnose>[0]

const ROUNDS = 15
const PASSES = 5
const path = process.argv[2] ?? '../shared/data/failures/dev.jsonl'
if (!existsSync(path)) {
  console.error(`${path} is not there; name a file of lines {"message", "stack"?, "http_status"?}`)
  process.exit(2)
}

const reports = readFileSync(path, 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => reportOf(JSON.parse(line) as { message: string; stack?: string; http_status?: number }))

// What error trackers mask before they hash a message; each pattern passes over the whole text.
const masks: [RegExp, string][] = [
  [/\b[\w.+-]+@[\w-]+\.[\w.-]+\b/g, '<email>'],
  [/\b(?:https?|wss?|ftp):\/\/[^\s"'<>]+/gi, '<url>'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, '<ip>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [/\b[0-9a-f]{40}\b/gi, '<sha1>'],
  [/\b[0-9a-f]{32}\b/gi, '<md5>'],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?\b/g, '<date>'],
  [/\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d\b/g, '<date>'],
  [/\b\d+(?:\.\d+)?(?:ms|s|m|h)\b/g, '<duration>'],
  [/\b0x[0-9a-f]+\b/gi, '<hex>'],
  [/(?:\/[\w.@-]+){2,}/g, '<path>'],
  [/[A-Z]:\\[^\s"']+/g, '<path>'],
  [/\b-?\d+\.\d+\b/g, '<float>'],
  [/\b-?\d+\b/g, '<int>'],
  [/'[^']*'|"[^"]*"/g, '<text>'],
]
const mask = ({ message, stack = '' }: Report): string =>
  masks.reduce((text, [pattern, by]) => text.replace(pattern, by), `${message}\n${stack}`)

const masking: number[] = []
const diagnosing: number[] = []
for (let round = 0; round < ROUNDS; round++) {
  masking.push(microsecondsPer(mask))
  diagnosing.push(microsecondsPer(diagnose))
}
const single = reports
  .map((report) => Math.min(...Array.from({ length: 7 }, () => timeOf(() => diagnose(report)))) * 1_000)
  .toSorted((a, b) => a - b)

console.log(`${reports.length} messages, CPU time, medians of ${ROUNDS} rounds on ${process.version} ${process.arch}`)
console.log(`masking patterns   ${median(masking).toFixed(1)} µs a message`)
console.log(`diagnose           ${median(diagnosing).toFixed(1)} µs a message`)
console.log(`ratio              ${(median(diagnosing) / median(masking)).toFixed(2)} (goal: at most 1.5)`)
console.log(
  `diagnose, singly   best of 7: p50 ${single[Math.floor(single.length / 2)]!.toFixed(0)} µs, p99 ${single[Math.floor(single.length * 0.99)]!.toFixed(0)} µs`,
)

const units = [
  'a',
  '1:',
  '{"',
  '{\\"',
  '[{"a":',
  "' ",
  'aA1',
  'a/',
  'a.',
  'http://',
  '[trace=',
  '\n  at x',
  '"',
  'aB1+/_-',
]
const hostile = units.map((unit) => {
  const text = (size: number) => unit.repeat(Math.ceil(size / unit.length)).slice(0, size)
  const cost = (size: number) => {
    const message = text(size)
    return Math.min(...Array.from({ length: 9 }, () => timeOf(() => diagnose({ message, stack: message }))))
  }
  return { unit, large: cost(100_000), small: cost(1_000) }
})
const worst = hostile.toSorted((a, b) => b.large - a.large)[0]!
const steepest = hostile.toSorted((a, b) => b.large / b.small - a.large / a.small)[0]!
console.log(`hostile 100 KB     at most ${worst.large.toFixed(2)} ms, of ${JSON.stringify(worst.unit)} (goal: 5 ms)`)
console.log(
  `100 KB to 1 KB     at most ${(steepest.large / steepest.small).toFixed(1)}, of ${JSON.stringify(steepest.unit)} (goal: at most 50)`,
)

function reportOf({
  message,
  stack,
  http_status: httpStatus,
}: {
  message: string
  stack?: string
  http_status?: number
}): Report {
  return { message, ...(stack === undefined ? {} : { stack }), ...(httpStatus === undefined ? {} : { httpStatus }) }
}

/** CPU time, because a busy machine lets the clock run on. */
function microsecondsPer(work: (report: Report) => unknown): number {
  const before = process.cpuUsage()
  for (let pass = 0; pass < PASSES; pass++) for (const report of reports) work(report)
  return process.cpuUsage(before).user / (PASSES * reports.length)
}

function timeOf(work: () => unknown): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}
