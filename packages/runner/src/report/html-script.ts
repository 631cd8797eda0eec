/** What the report page does: reads its data, draws the rows in sight, filters them and shows one. */
export const pageScript = String.raw`
'use strict'
const ROW = 34, AHEAD = 8
const byId = (id) => document.getElementById(id)
const read = (kind) => [...document.querySelectorAll('script[data-kind=' + kind + ']')]
const marks = { passed: '✓', failed: '✗', error: '!', skipped: '–', unscored: '?' }
const make = (tag, props, ...children) => {
  const element = Object.assign(document.createElement(tag), props)
  element.append(...children.filter((child) => child !== null))
  return element
}
const percent = (score) => score === null ? '—' : Math.round(score * 1000) / 10 + '%'
const time = (ms) => ms < 1000 ? Math.round(ms) + ' ms' : ms < 60000 ? (ms / 1000).toFixed(1) + ' s' : Math.floor(ms / 60000) + ' min ' + Math.round(ms % 60000 / 1000) + ' s'
const usd = (nano) => nano === null ? '—' : nano === 0 ? '$0' : '$' + (nano >= 1e7 ? (nano / 1e9).toFixed(2) : Number((nano / 1e9).toPrecision(2)).toFixed(9).replace(/0+$/, ''))
const number = (count) => count.toLocaleString('en-US')

const summary = JSON.parse(read('summary')[0].textContent)
const detailChunks = read('details')
const rows = []
const starts = []
for (const chunk of read('rows')) {
  starts.push(rows.length)
  for (const [status, title, model, repeat, score, ms, cost, hint] of JSON.parse(chunk.textContent)) {
    rows.push({ status, title: repeat > 1 ? title + ' (' + repeat + ')' : title, model, score, ms, cost, hint, words: (title + '\n' + model + '\n' + hint).toLowerCase() })
  }
  chunk.remove()
}

const sums = () => {
  const { totals, models, comparison, stopped, status, startedAt, runId, isPass } = summary
  byId('facts').textContent = [isPass ? 'Passed' : 'Not passed', startedAt.slice(0, 16).replace('T', ' ') + ' UTC', 'run ' + runId,
    status === 'interrupted' ? 'interrupted' : '', stopped ? 'stopped at ' + stopped : ''].filter(Boolean).join(' · ')
  const facts = [['Results', number(totals.total)], ['Passed', number(totals.passed), 'passed'], ['Failed', number(totals.failed), totals.failed ? 'failed' : ''],
    ['Errors', number(totals.error), totals.error ? 'error' : ''], ['Skipped', number(totals.skipped)], ['Unscored', number(totals.unscored)],
    ['Score', percent(totals.score)], ['Time', time(totals.durationMs)], ['Tokens', number(totals.inputTokens + totals.outputTokens)], ['Cost', usd(totals.costNanoUsd)],
    ...(totals.judge ? [['Judge cost', judgeCost(totals.judge)]] : [])]
  if (comparison) facts.push(['Against ' + comparison.baseline, comparison.verdict, comparison.verdict === 'improved' ? 'passed' : comparison.verdict === 'regression' ? 'failed' : ''])
  byId('sums').append(make('dl', {}, ...facts.map(([name, value, className = '']) => make('div', {}, make('dt', {}, name), make('dd', { className }, value)))))
  if (models.length > 1) {
    const cell = (text) => make('td', {}, text)
    byId('sums').append(make('table', {}, make('thead', {}, make('tr', {}, ...['Model', 'Passed', 'Score', 'Cost'].map((name) => make('th', { scope: 'col' }, name)))),
      make('tbody', {}, ...models.map((one) => make('tr', {}, cell(one.model), cell(one.passed + '/' + one.total), cell(percent(one.score)), cell(usd(one.costNanoUsd)))))))
  }
}

const list = byId('list'), space = byId('space'), search = byId('search'), model = byId('model')
let shown = [], chosen = -1, drawn = ''

const filters = () => {
  for (const status of Object.keys(marks)) {
    const count = rows.reduce((sum, row) => sum + (row.status === status ? 1 : 0), 0)
    if (count > 0) byId('statuses').append(make('label', {}, make('input', { type: 'checkbox', value: status, checked: true }), ' ' + status + ' ' + number(count)))
  }
  for (const { model: name } of summary.models) model.append(make('option', { value: name }, name))
  if (summary.models.length < 2) model.parentElement.hidden = true
}

const filter = () => {
  const statuses = new Set([...byId('statuses').querySelectorAll('input:checked')].map(({ value }) => value))
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean)
  shown = []
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at]
    if (statuses.has(row.status) && (!model.value || row.model === model.value) && words.every((word) => row.words.includes(word))) shown.push(at)
  }
  byId('count').textContent = shown.length === rows.length ? number(rows.length) + ' results' : number(shown.length) + ' of ' + number(rows.length) + ' results'
  list.hidden = shown.length === 0
  byId('empty').hidden = shown.length > 0
  space.style.height = shown.length * ROW + 'px'
  list.scrollTop = 0
  drawn = ''
  draw()
}

const draw = () => {
  const first = Math.max(0, Math.floor(list.scrollTop / ROW) - AHEAD)
  const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + AHEAD)
  const key = first + ' ' + last + ' ' + chosen
  if (key === drawn) return
  drawn = key
  space.replaceChildren(...Array.from({ length: last - first }, (_, offset) => rowElement(first + offset)))
  if (space.querySelector('[aria-selected=true]')) list.setAttribute('aria-activedescendant', 'row-' + chosen)
  else list.removeAttribute('aria-activedescendant')
}

const rowElement = (place) => {
  const at = shown[place]
  const row = rows[at]
  const element = make('div', { className: 'row', id: 'row-' + at }, make('span', { className: row.status, title: row.status, role: 'img', ariaLabel: row.status }, marks[row.status]),
    make('span', {}, row.title + ' ', make('small', {}, row.hint)), make('span', {}, row.model), make('span', { className: 'number' }, row.status === 'skipped' ? '' : percent(row.score)),
    make('span', { className: 'number' }, time(row.ms)), make('span', { className: 'number' }, usd(row.cost)))
  element.style.top = place * ROW + 'px'
  element.dataset.at = at
  const attributes = { role: 'option', 'aria-selected': at === chosen, 'aria-setsize': shown.length, 'aria-posinset': place + 1 }
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  return element
}

const detailsOf = (at) => {
  let chunk = starts.length - 1
  while (starts[chunk] > at) chunk--
  return JSON.parse(detailChunks[chunk].textContent)[at - starts[chunk]]
}

const judgeCost = (judge) => judge.unpriced && !judge.costNanoUsd ? 'no known price' : usd(judge.costNanoUsd) + (judge.unpriced ? ' and ' + judge.unpriced + ' unpriced' : '')
const judgeLine = (judge) => judge.models.join(', ') + ': ' + number(judge.calls) + (judge.calls === 1 ? ' question, ' : ' questions, ') + number(judge.inputTokens + judge.outputTokens) + ' tokens, ' + judgeCost(judge) +
  (judge.agreement === undefined ? '' : ', ' + percent(judge.agreement) + ' agree')
const voteElement = (vote) => make('li', {}, (vote.unscored ? '? ' : vote.pass ? '✓ ' : '✗ ') + (vote.unscored ? '' : percent(vote.score) + ' ') + vote.reason)
const verdictElement = (verdict) => make('li', {}, make('span', { className: verdict.error ? 'error' : verdict.unscored ? 'unscored' : verdict.pass ? 'passed' : 'failed' }, (verdict.unscored ? '? ' : verdict.pass ? '✓ ' : '✗ ') + verdict.type),
  ' ' + (verdict.unscored ? 'not scored' : percent(verdict.score)) + (verdict.weight === 1 ? '' : ' × ' + verdict.weight) + (verdict.metric ? ' · ' + verdict.metric : ''), make('div', {}, verdict.reason),
  ...(verdict.expected === undefined ? [] : [make('div', { className: 'quiet' }, 'expected'), make('pre', {}, verdict.expected)]),
  ...(verdict.actual === undefined ? [] : [make('div', { className: 'quiet' }, 'actual'), make('pre', {}, verdict.actual)]),
  verdict.judge ? make('div', { className: 'quiet' }, 'judged by ' + judgeLine(verdict.judge)) : null,
  verdict.judge?.votes ? make('ul', {}, ...verdict.judge.votes.map(voteElement)) : null,
  verdict.members ? make('ul', {}, ...verdict.members.map(verdictElement)) : null)

const show = (at) => {
  chosen = at
  const result = detailsOf(at)
  const { usage } = result
  const facts = [result.model, result.repeat > 1 ? 'repeat ' + result.repeat : '', result.status === 'skipped' ? '' : percent(result.score), time(result.durationMs), usd(result.costNanoUsd),
    usage ? number(usage.inputTokens) + ' tokens in, ' + number(usage.outputTokens) + ' out' : '', result.cached ? 'from the cache' : '', result.judge ? 'judging ' + judgeCost(result.judge) : '', result.kind ?? '', ...(result.tags ?? [])]
  byId('detail').replaceChildren(
    make('h2', {}, make('span', { className: result.status }, marks[result.status] + ' ' + result.status), ' ' + result.title),
    make('div', { className: 'quiet' }, facts.filter(Boolean).join(' · ')),
    ...(result.reason ? [make('p', {}, result.reason)] : []),
    ...(result.error ? [make('h3', {}, 'Error'), make('pre', {}, result.error.code + ': ' + result.error.message)] : []),
    make('h3', {}, 'Input'), make('pre', {}, result.input),
    make('h3', {}, 'Answer'), result.response === null ? make('p', { className: 'quiet' }, 'There is none.') : make('pre', {}, result.response),
    ...(result.verdicts.length ? [make('h3', {}, 'Assertions'), make('ul', {}, ...result.verdicts.map(verdictElement))] : []),
    ...(result.toolCalls?.length ? [make('h3', {}, 'Tool calls'), make('ul', {}, ...result.toolCalls.map((call) => make('li', {}, call.step + '. ' + call.name + ' · ' + call.status + ' · ' + number(call.resultBytes) + ' bytes' + ' · ' + time(call.durationMs), make('pre', {}, call.args))))] : []))
  byId('detail').scrollTop = 0
  history.replaceState(null, '', '#' + at)
  drawn = ''
  draw()
}

const move = (event) => {
  const page = Math.max(1, Math.floor(list.clientHeight / ROW) - 1)
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }[event.key]
  if (step === undefined || shown.length === 0) return
  event.preventDefault()
  const from = shown.indexOf(chosen)
  const place = Math.min(shown.length - 1, Math.max(0, from < 0 ? 0 : from + step))
  const top = place * ROW
  if (top < list.scrollTop) list.scrollTop = top
  if (top + ROW > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW - list.clientHeight
  show(shown[place])
}

let timer = 0
search.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(filter, 80) })
byId('filters').addEventListener('submit', (event) => event.preventDefault())
byId('statuses').addEventListener('change', filter)
model.addEventListener('change', filter)
list.addEventListener('scroll', draw)
list.addEventListener('keydown', move)
list.addEventListener('click', (event) => { const row = event.target.closest('.row'); if (row) show(Number(row.dataset.at)) })
new ResizeObserver(draw).observe(list)
byId('clear').addEventListener('click', () => {
  search.value = ''
  model.value = ''
  for (const box of byId('statuses').querySelectorAll('input')) box.checked = true
  filter()
})
sums()
filters()
filter()
const linked = location.hash ? Number(location.hash.slice(1)) : NaN
if (Number.isInteger(linked) && linked >= 0 && linked < rows.length) {
  list.scrollTop = shown.indexOf(linked) * ROW
  show(linked)
}
`
