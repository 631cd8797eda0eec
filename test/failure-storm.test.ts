import { temporaryDirectory } from '@assay/testkit'
import { expect, test } from 'vitest'
import { runStorm } from './failure-storm.ts'

test('killed twice among a storm of failures, every acknowledged one is counted once, and each group has one test', async () => {
  await using directory = await temporaryDirectory()
  const { groups, reported } = await runStorm({
    dataDir: directory.path,
    seconds: 6,
    reporters: 4,
    failuresPerSecond: 50,
    groups: 5,
    kills: 2,
  })
  expect(reported).toBeGreaterThan(400)
  expect(groups.map(({ counted, tests }) => ({ counted, tests }))).toEqual(
    groups.map((group) => ({ counted: group.reported, tests: 1 })),
  )
}, 120_000)
