import { SECOND_MS } from '@assay/core'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'

const SECONDS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]
/** So long what the database told is told again, however often somebody asks. */
const TOLD_AGAIN_MS = 5 * SECOND_MS

/** One figure as a page of reference tells of it. */
export type FigureFacts = { name: string; kind: string; labels: readonly string[]; help: string }

/** One value of a figure that is read when somebody asks. */
export type Reading<Label extends string> = { labels: Record<Label, string>; value: number }

/** The figures of one process, each made by its kind and noted for the page that lists them. */
export const createFigures = () => {
  const registers = [new Registry()] as const
  const list: FigureFacts[] = []
  const noted = (facts: FigureFacts) => list.push(facts)

  const counter = <Label extends string>(name: string, help: string, labelNames: Label[] = []) => {
    noted({ name, kind: 'counter', labels: labelNames, help })
    return new Counter({ name, help, labelNames, registers: [...registers] })
  }
  const gauge = (name: string, help: string) => {
    noted({ name, kind: 'gauge', labels: [], help })
    return new Gauge({ name, help, registers: [...registers] })
  }
  const seconds = (name: string, help: string) => {
    noted({ name, kind: 'histogram', labels: [], help })
    return new Histogram({ name, help, buckets: SECONDS_BUCKETS, registers: [...registers] })
  }
  /** A gauge that is read when Prometheus asks; the answer is how to say from where. */
  const observed = (name: string, help: string) => {
    let read = (): number => 0
    noted({ name, kind: 'gauge', labels: [], help })
    const observer: Gauge = new Gauge({
      name,
      help,
      registers: [...registers],
      collect: () => observer.set(read()),
    })
    return (from: () => number): void => {
      read = from
    }
  }
  /** The same with labels, from the process itself or from the database; while that is away it says nothing. */
  const readings = <Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    { keptMs = 0 }: { keptMs?: number } = {},
  ) => {
    type Read = () => readonly Reading<Label>[] | Promise<readonly Reading<Label>[]>
    let read: Read = () => []
    let [rows, readAt]: [readonly Reading<Label>[], number] = [[], -Infinity]
    noted({ name, kind: 'gauge', labels: labelNames, help })
    const observer: Gauge<Label> = new Gauge({
      name,
      help,
      labelNames,
      registers: [...registers],
      collect: async () => {
        if (performance.now() - readAt >= keptMs) {
          rows = await Promise.resolve()
            .then(read)
            .catch(() => [])
          readAt = performance.now()
        }
        observer.reset()
        for (const { labels, value } of rows) observer.set(labels, value)
      },
    })
    return (from: Read): void => {
      read = from
    }
  }
  const stored = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    readings(name, help, labelNames, { keptMs: TOLD_AGAIN_MS })

  return { counter, gauge, seconds, observed, readings, stored, list, text: () => registers[0].metrics() }
}
