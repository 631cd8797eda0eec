import { writeFileSync } from 'node:fs'

/** Loaded into a command that is measured: when it ends it writes down what it used. Plain JavaScript, so that reading it costs nothing. */
process.on('exit', () => {
  const { user, system } = process.cpuUsage()
  const used = { cpuMs: (user + system) / 1_000, peakMb: process.resourceUsage().maxRSS / 1_024 }
  writeFileSync(process.env['BENCH_USE'], JSON.stringify(used))
})
