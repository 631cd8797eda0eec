import { mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLog } from '@assay/core'
import { createComplete, createEgress } from '@assay/providers'
import { createSandboxPool, localModels, readSuiteFile, runSuite } from '@assay/runner'
import { assertions, measure, prompt } from './checks.ts'

/** What `assay test suite.json -j 50 --json` does, from reading the file to the last line of NDJSON. */
const [url, cases] = [process.argv[2]!, Number(process.argv[3])]

await measure(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-bench-'))
  const path = join(folder, 'suite.json')
  const tests = Array.from({ length: cases }, (_, index) => ({ input: prompt(index) }))
  writeFileSync(path, JSON.stringify({ defaultTest: { assert: assertions }, tests }))
  const output = openSync(join(folder, 'results.ndjson'), 'w')
  const { resolve, allow } = localModels({ OPENAI_BASE_URL: `${url}/v1` })
  const egress = createEgress({ allow, log: silentLog })
  const sandbox = createSandboxPool({ log: silentLog })
  try {
    const { suite } = await readSuiteFile(path)
    const { totals } = await runSuite(suite, {
      models: ['compatible/fake'],
      complete: createComplete({ egress, resolve, now: Date.now }),
      sandbox,
      concurrency: 50,
      signal: new AbortController().signal,
      now: Date.now,
      onEvent: (event) => void writeSync(output, `${JSON.stringify(event)}\n`),
    })
    return totals.passed
  } finally {
    await Promise.all([egress.close(), sandbox.close()])
    rmSync(folder, { recursive: true })
  }
})
