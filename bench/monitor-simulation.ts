/** The figures of quarantine and of the sequential tests, simulated: `node -C assay-source bench/monitor-simulation.ts`. */
import { createPairedTest, createRateTest, judge, quarantineOf, seededRandom } from '@assay/core'

type Scored = Parameters<typeof quarantineOf>[0][number]

const TRIALS = 2_000
const RERUNS = 3
const HOUR_MS = 3_600_000
const random = seededRandom(20_261_121)

quarantine()
confidence()
oneArm()
twoArms()

function quarantine(): void {
  for (const { flake, executions, wanted } of [
    { flake: 0.2, executions: 30, wanted: 'caught in at least 95 %' },
    { flake: 0.005, executions: 1_000, wanted: 'caught in at most 1 %' },
    { flake: 0, executions: 1_000, wanted: 'never caught' },
  ]) {
    const trials = TRIALS
    let caught = 0
    for (let trial = 0; trial < trials; trial++) if (isCaught(flake, executions)) caught++
    console.log(
      `a flake of ${100 * flake} %: in quarantine within ${executions} executions in ${share(caught, trials)} of ${trials} trials (goal: ${wanted})`,
    )
  }
}

/** An execution of which every attempt fails by chance: reruns decide whether it ends flaky or failed. */
function execute(flake: number): Scored['outcome'] {
  for (let attempt = 0; attempt <= RERUNS; attempt++) if (random() >= flake) return attempt === 0 ? 'pass' : 'flaky'
  return 'fail'
}

function isCaught(flake: number, executions: number): boolean {
  const history: Scored[] = []
  for (let index = 0; index < executions; index++) {
    const outcome = execute(flake)
    history.unshift({ outcome, at: new Date(index * 6 * HOUR_MS).toISOString() })
    // Only a flip can start a quarantine, and what is older than 120 executions weighs 0.002.
    if (outcome === 'flaky' && quarantineOf(history.slice(0, 120))) return true
  }
  return false
}

/** Why confidence alone decides nothing: it forgives a test that flakes one run in five. */
function confidence(): void {
  let high = 0
  const steps = 200_000
  const test = { state: 'active', confidence: 75, runs: 0, passes: 0, fails: 0 } as Parameters<typeof judge>[0]
  let judged = test
  for (let step = 0; step < steps; step++) {
    judged = judge(judged, execute(0.2), { at: '2026-01-01T00:00:00.000Z' })
    if (judged.confidence >= 80) high++
  }
  console.log(`a flake of 20 % has a confidence of 80 or more in ${share(high, steps)} of executions`)
}

function oneArm(): void {
  const run = (rate: number) => {
    const sequential = createRateTest({ known: 0.8, better: 0.9 })
    for (let samples = 1; ; samples++) {
      const verdict = sequential.observe(random() < rate)
      if (verdict !== 'undecided') return { verdict, samples }
    }
  }
  // Samples that a fixed test of the same errors needs: (z_α √(p0 q0) + z_β √(p1 q1))² / (p1 - p0)².
  const fixed = Math.ceil((1.645 * Math.sqrt(0.8 * 0.2) + 1.282 * Math.sqrt(0.9 * 0.1)) ** 2 / 0.1 ** 2)
  for (const rate of [0.8, 0.9]) {
    const runs = Array.from({ length: 10 * TRIALS }, () => run(rate))
    const better = runs.filter(({ verdict }) => verdict === 'better').length
    const mean = runs.reduce((sum, { samples }) => sum + samples, 0) / runs.length
    console.log(
      `one arm at ${rate} against 0.8: "better" in ${share(better, runs.length)}, ${mean.toFixed(0)} samples on average, ${share(fixed - mean, fixed)} fewer than the fixed ${fixed}`,
    )
  }
}

function twoArms(): void {
  const run = (baseline: number, candidate: number) => {
    const sequential = createPairedTest()
    for (let samples = 1; ; samples++) {
      const verdict = sequential.observe({ baseline: random() < baseline, candidate: random() < candidate })
      if (verdict !== 'undecided') return { verdict, samples }
    }
  }
  for (const [baseline, candidate] of [
    [0.8, 0.8],
    [0.7, 0.85],
  ] as const) {
    const runs = Array.from({ length: 5 * TRIALS }, () => run(baseline, candidate))
    const told = runs.filter(({ verdict }) => verdict !== 'no difference').length
    const mean = runs.reduce((sum, { samples }) => sum + samples, 0) / runs.length
    console.log(
      `two arms at ${baseline} and ${candidate}: told apart in ${share(told, runs.length)}, after ${mean.toFixed(0)} cases on average`,
    )
  }
}

function share(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`
}
