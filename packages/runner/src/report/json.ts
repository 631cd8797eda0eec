import type { Format } from './format.ts'

/** One object: the results, then what they come to. */
export const jsonFormat = (): Format => {
  let isFirst = true
  return {
    start: ({ name, models, startedAt }) =>
      `{"version":1,"name":${JSON.stringify(name)},"models":${JSON.stringify(models)},"startedAt":${JSON.stringify(startedAt)},"results":[`,
    result: (result) => {
      const line = `${isFirst ? '' : ','}\n${JSON.stringify(result)}`
      isFirst = false
      return line
    },
    end: (ended) => `\n],"summary":${JSON.stringify(ended)}}\n`,
  }
}

/** A line for each event, those of `--json` without the progress. */
export const jsonlFormat = (): Format => ({
  start: (began) => `${JSON.stringify(began)}\n`,
  result: (result) => `${JSON.stringify({ event: 'result', ...result })}\n`,
  end: (ended) => `${JSON.stringify({ event: 'run.finished', ...ended })}\n`,
})
