import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { runAssay, temporaryDirectory } from '@assay/testkit'
import { expect, test } from 'vitest'

type Step = { event: string; step: string; ok: boolean } & Record<string, unknown>

const demo = async (environment: Record<string, string>) => {
  const { exitCode, stdout, stderr } = await runAssay(['demo', '--exit', '--json'], { environment })
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Step)
}

test('the whole loop runs from nothing, twice on the same data, beside a taken port', async () => {
  await using directory = await temporaryDirectory()
  const blocker = createServer()
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve))
  const { port } = blocker.address() as AddressInfo
  const environment = { ASSAY_DATA: directory.path, ASSAY_PORT: String(port) }
  try {
    const told = await demo(environment)
    const step = (name: string) => told.filter((row) => row.step === name)
    expect(told.filter(({ event, ok }) => event === 'step' && !ok)).toEqual([])
    expect(step('start')).toMatchObject([{ takenPort: port }])
    expect(step('requests')).toMatchObject([
      {
        requests: 60,
        classes: [{ complexity: 'simple', requests: 36 }, { requests: 18 }, { complexity: 'complex', requests: 6 }],
      },
    ])
    expect(step('cost')[0]?.['savingNanoUsd']).toBeGreaterThan(0)
    expect(step('failure').map(({ occurrences }) => occurrences)).toEqual([1, 2, 3])
    expect(step('test')).toMatchObject([{ confidence: 75 }])
    expect(step('run').map(({ outcome, state }) => [outcome, state])).toEqual([
      ['fail', 'red'],
      ['pass', 'red'],
      ['pass', 'active'],
    ])
    expect(step('ci')).toMatchObject([{ trigger: 'ci', confidence: 80 }])
    expect(step('deployment')).toMatchObject([{ trigger: 'deployment', confidence: 85 }])
    expect(step('gate')).toMatchObject([{ state: 'open', guarding: 1 }])
    expect(step('totals')).toMatchObject([{ requests: 63, failures: 4, groups: 2, tests: 1, active: 1 }])
    expect(told.at(-1)).toMatchObject({ event: 'finished', ok: true })

    const again = await demo(environment)
    expect(again.find((row) => row.step === 'totals')).toMatchObject({ tests: 2, active: 2 })
  } finally {
    blocker.close()
  }
}, 180_000)
