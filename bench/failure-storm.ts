/**
 * 1,000 failures a second for a minute from ten reporters, with the server killed twice: `npm run bench -- failure-storm`
 * (`--seconds 20` for less). Every acknowledged failure must be counted once, and each group must have exactly one test.
 */
import { temporaryDirectory } from '@assay/testkit'
import { runStorm } from '../test/failure-storm.ts'

const place = process.argv.indexOf('--seconds')
const seconds = place < 0 ? 60 : Number(process.argv[place + 1])
await using directory = await temporaryDirectory()
const outcome = await runStorm({
  dataDir: directory.path,
  seconds,
  reporters: 10,
  failuresPerSecond: 100,
  groups: 10,
  kills: 2,
})
const wrong = outcome.groups.filter(({ reported, counted, tests }) => reported !== counted || tests !== 1)
console.log(
  `${outcome.reported} failures in ${outcome.seconds.toFixed(1)} s (${(outcome.reported / outcome.seconds).toFixed(0)} a second), two kills, ${outcome.repeated} sent again`,
)
for (const { title, reported, counted, tests } of outcome.groups) {
  console.log(`${title.padEnd(60)} reported ${reported}  counted ${counted}  tests ${tests}`)
}
console.log(wrong.length === 0 ? 'each counted once, one test a group' : `${wrong.length} groups are wrong`)
process.exitCode = wrong.length === 0 ? 0 : 1
