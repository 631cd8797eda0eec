import type { CaseResult, Verdict } from '@assay/core'
import type { Format, RunBegan, RunEnded } from './format.ts'
import { pageScript } from './html-script.ts'
import { pageStyle } from './html-style.ts'

/** Results whose details are read together when one of them is opened. */
const CHUNK = 200
const MOST_CHARACTERS = 16_384
const MOST_HINT = 160

/**
 * One page that holds everything and asks nothing of the network. Rows and details stand in it as chunks of JSON: the
 * rows are read when it opens, the details of a chunk when a result in it is looked at.
 */
export const htmlFormat = (): Format => {
  let rows: unknown[] = []
  let details: unknown[] = []
  const chunks = (): string => {
    if (rows.length === 0) return ''
    const text = `${data('rows', rows)}${data('details', details)}`
    rows = []
    details = []
    return text
  }
  return {
    start: opening,
    result: (result) => {
      rows.push(rowOf(result))
      details.push(detailsOf(result))
      return rows.length >= CHUNK ? chunks() : ''
    },
    end: (ended) => `${chunks()}${data('summary', summaryOf(ended))}<script>${pageScript}</script>\n</body>\n</html>\n`,
  }
}

const rowOf = (result: CaseResult): unknown[] => {
  const { status, title, model, repeat, score, durationMs, costNanoUsd } = result
  return [status, title, model, repeat, score, Math.round(durationMs), costNanoUsd, hintOf(result)]
}

/** Why it did not pass, in a line. */
const hintOf = ({ status, reason, error, verdicts }: CaseResult): string => {
  if (status === 'passed') return ''
  const text = reason ?? error?.message ?? verdicts.find(({ pass }) => !pass)?.reason ?? ''
  return text.length > MOST_HINT ? `${text.slice(0, MOST_HINT)}…` : text
}

const detailsOf = ({ input, response, verdicts, ...result }: CaseResult) => ({
  ...result,
  input: cut(input),
  response: response === null ? null : cut(response),
  verdicts: verdicts.map(cutVerdict),
  toolCalls: result.toolCalls?.map(({ name, status, durationMs, resultBytes, step, args }) => ({
    name,
    status,
    durationMs,
    resultBytes,
    step,
    args: cut(JSON.stringify(args) ?? ''),
  })),
})

const cutVerdict = ({ expected, actual, ...verdict }: Verdict) => ({
  ...verdict,
  ...(expected !== undefined && { expected: cut(expected) }),
  ...(actual !== undefined && { actual: cut(actual) }),
})

const summaryOf = ({ repeats: _repeats, comparison, ...summary }: RunEnded) => ({
  ...summary,
  comparison: comparison && {
    verdict: comparison.verdict,
    baseline: comparison.baseline,
    worse: comparison.worse,
    better: comparison.better,
    pairs: comparison.pairs,
    p: comparison.p,
  },
})

const cut = (text: string): string =>
  text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}… (cut, ${text.length} characters in all)` : text

/** JSON inside a page: no text in it can end the element it stands in. */
const data = (kind: string, value: unknown): string =>
  `<script type="application/json" data-kind="${kind}">${JSON.stringify(value).replaceAll('<', '\\u003c')}</script>\n`

const opening = ({ name }: RunBegan): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${escaped(name)} · Assay</title>
<style>${pageStyle}</style>
</head>
<body>
<header>
<h1>${escaped(name)}</h1>
<p id="facts"></p>
</header>
<noscript><p>This report shows its results with JavaScript, which is switched off.</p></noscript>
<main>
<section aria-label="Sums" id="sums"></section>
<section aria-label="Results" id="results">
<form id="filters" role="search">
<label class="search">Search <input id="search" type="search" placeholder="Title, model or reason" autocomplete="off"></label>
<fieldset id="statuses"><legend>Status</legend></fieldset>
<label>Model <select id="model"><option value="">All</option></select></label>
<output id="count"></output>
</form>
<div id="panes">
<div id="table">
<div id="heading" aria-hidden="true"><span></span><span>Case</span><span>Model</span><span class="number">Score</span><span class="number">Time</span><span class="number">Cost</span></div>
<div id="list" role="listbox" aria-label="Results" tabindex="0"><div id="space" role="presentation"></div></div>
<p id="empty" hidden>No result fits. <button type="button" id="clear">Show all</button></p>
</div>
<aside id="detail" aria-label="Result" aria-live="polite" tabindex="0"><p class="quiet">Choose a result to see its input, answer and assertions.</p></aside>
</div>
</section>
</main>
`

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
