import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpus } from 'node:os'
import type { Measured } from './runner/checks.ts'

/**
 * What a suite costs beyond the calls it makes: `runSuite` against a bare loop with the same three checks, before the
 * same local server, each in a process of its own, interleaved; medians are told. With `--flat` also what ten times
 * the cases do to the memory.
 *
 *   node -C assay-source bench/runner.ts [--cases 10000] [--rounds 5] [--flat] [--json]
 */
const cases = Number(argumentOf('--cases') ?? 10_000)
const rounds = Number(argumentOf('--rounds') ?? 5)
const [asJson, isFlat] = [process.argv.includes('--json'), process.argv.includes('--flat')]

const upstream = fork(new URL('./runner/upstream.ts', import.meta.url), { execArgv: ['-C', 'assay-source'] })
const [port] = (await once(upstream, 'message')) as [number]
const url = `http://127.0.0.1:${port}`
/** As `packages/cli/bin/assay.js` starts Node for `assay test`. */
const heap = ['--max-semi-space-size=4', '--heap-growing-percent=40']
const sides = ['assay', 'bare'] as const
const samples: Record<(typeof sides)[number], Measured[]> = { assay: [], bare: [] }

try {
  for (const side of sides) await runSide(side, 500)
  for (let round = 0; round < rounds; round++) {
    for (const side of sides) samples[side].push(await runSide(side, cases))
    if (!asJson) process.stderr.write('.')
  }
  const tenfold = isFlat ? await runSide('assay', cases * 10) : null
  report(tenfold)
} finally {
  upstream.disconnect()
}

async function runSide(side: string, count: number): Promise<Measured> {
  const arguments_ = [url, String(count)]
  const child: ChildProcess = fork(new URL(`./runner/${side}.ts`, import.meta.url), arguments_, {
    execArgv: ['-C', 'assay-source', ...(side === 'assay' ? heap : [])],
  })
  const [measured] = (await once(child, 'message')) as [Measured]
  await once(child, 'exit')
  if (measured.passed !== count) throw new Error(`${side}: ${measured.passed} of ${count} passed`)
  return measured
}

function report(tenfold: Measured | null): void {
  const [assay, bare] = [middleOf(samples.assay), middleOf(samples.bare)]
  const rows = [
    { what: 'wall (ms)', assay: assay.wallMs, bare: bare.wallMs },
    { what: 'CPU per case (µs)', assay: (assay.cpuMs * 1_000) / cases, bare: (bare.cpuMs * 1_000) / cases },
    { what: 'peak RSS (MB)', assay: assay.peakMb, bare: bare.peakMb },
  ].map((row) => Object.assign(row, { ratio: row.assay / row.bare }))
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, cases, rounds }
  const flat = tenfold && { cases: cases * 10, peakMb: tenfold.peakMb, ratio: tenfold.peakMb / assay.peakMb }
  if (asJson) {
    console.log(JSON.stringify({ machine, rows, flat }))
    return
  }
  console.log(
    `\n${machine.cores} × ${machine.cpu}, Node ${machine.node}, ${cases} cases × 3 assertions, median of ${rounds}`,
  )
  console.table(Object.fromEntries(rows.map(({ what, ...values }) => [what, rounded(values)])))
  if (flat)
    console.log(
      `${flat.cases} cases: peak RSS ${flat.peakMb.toFixed(0)} MB, ${flat.ratio.toFixed(2)} times that of ${cases}`,
    )
}

function middleOf(list: Measured[]): Measured {
  const middle = (name: keyof Measured) =>
    list.map((one) => one[name]).sort((a, b) => a - b)[Math.floor(list.length / 2)]!
  return { passed: middle('passed'), wallMs: middle('wallMs'), cpuMs: middle('cpuMs'), peakMb: middle('peakMb') }
}

function rounded(values: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value.toFixed(2))]))
}

function argumentOf(name: string): string | undefined {
  const index = process.argv.indexOf(name)
  return index === -1 ? undefined : process.argv[index + 1]
}
