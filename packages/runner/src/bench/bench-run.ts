import { randomUUID } from 'node:crypto'
import { arch, availableParallelism, platform } from 'node:os'
import { BENCH_PROMPT_SET, benchRowOf, complexities, type BenchRun, type BenchSample } from '@assay/core'

/** The samples of a run as the history keeps them: a row for each model at each level, in the order of their levels. */
export const benchRunOf = (
  samples: readonly BenchSample[],
  about: Pick<BenchRun, 'version' | 'at' | 'durationMs' | 'stream' | 'repeat' | 'stoppedBy'>,
): BenchRun => {
  const groups = new Map<string, BenchSample[]>()
  for (const sample of samples) {
    const key = `${complexities.indexOf(sample.level)}/${sample.provider}/${sample.model}`
    groups.set(key, [...(groups.get(key) ?? []), sample])
  }
  const rows = [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => benchRowOf(group))
  return {
    id: randomUUID().slice(0, 8),
    promptSet: BENCH_PROMPT_SET,
    machine: { platform: platform(), arch: arch(), cpus: availableParallelism(), node: process.versions.node },
    ...about,
    rows,
  }
}
