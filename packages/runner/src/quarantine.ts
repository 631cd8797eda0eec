import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CaseResult, PlannedCase } from '@assay/core'
import { z } from 'zod'

/** So many passes one after the other, in however many runs, end a quarantine before its day. */
export const CLEAN_REPEATS = 20

/** The quarantined cases of a folder of runs, and how well each has done of late. */
export type Quarantine = {
  /** Whether a case that is written down as quarantined still is. */
  holds(planned: PlannedCase): boolean
  /** Counts a result in. */
  result(result: CaseResult): void
  /** Writes down what was counted, and answers the titles of the cases that are out from now on. */
  end(): string[]
}

/** A quarantine is told from a later one of the same case by the day it ends. */
const Counts = z.record(z.string(), z.object({ until: z.string(), clean: z.int().min(0) }))

/** Opens it; what cannot be read counts for nothing. */
export const openQuarantine = (folder: string, now: () => number): Quarantine => {
  const path = join(folder, 'quarantine.json')
  const counts = new Map(Object.entries(readCounts(path)))
  const untils = new Map<string, string>()
  const freed = new Set<string>()
  let isChanged = false
  return {
    holds: (planned) => {
      const { quarantine } = planned
      if (quarantine === undefined || now() >= Date.parse(quarantine.until)) return false
      const key = keyOf(planned)
      const known = counts.get(key)
      untils.set(key, quarantine.until)
      return known?.until !== quarantine.until || known.clean < CLEAN_REPEATS
    },
    result: ({ quarantined, status, title, ...result }) => {
      const key = keyOf(result)
      const until = untils.get(key)
      if (!quarantined || until === undefined || status === 'skipped' || status === 'unscored') return
      const before = counts.get(key)
      const clean = status === 'passed' ? (before?.until === until ? before.clean : 0) + 1 : 0
      counts.set(key, { until, clean })
      isChanged = true
      if (clean >= CLEAN_REPEATS) freed.add(title)
      else freed.delete(title)
    },
    end: () => {
      if (!isChanged) return []
      const open = [...counts].filter(([, { until }]) => Date.parse(until) > now())
      mkdirSync(folder, { recursive: true })
      writeFileSync(`${path}.part`, JSON.stringify(Object.fromEntries(open), null, 2))
      renameSync(`${path}.part`, path)
      return [...freed]
    },
  }
}

const keyOf = ({ caseKey, model }: Pick<CaseResult, 'caseKey' | 'model'>): string => `${caseKey} on ${model}`

const readCounts = (path: string): z.infer<typeof Counts> => {
  try {
    return Counts.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return {}
  }
}
