import { expect, test } from 'vitest'
import type { TestOptions } from './options.ts'
import { resumeLine } from './resume-line.ts'

test('the line to go on with has what the run was chosen by, so that it is the same run', () => {
  const options: TestOptions = {
    models: ['sim/slow', 'sim/echo'],
    framework: 'auto',
    tag: ['!slow'],
    concurrency: 1,
    maxRetries: 3,
    cache: false,
    repeat: 2,
  }
  expect(resumeLine('my suite/assay.yaml', '01a1', options)).toBe(
    "assay test 'my suite/assay.yaml' -m sim/slow,sim/echo --tag '!slow' --repeat 2 --resume 01a1",
  )
})
