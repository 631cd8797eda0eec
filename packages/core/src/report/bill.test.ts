import { expect, test } from 'vitest'
import { readBill, readCsv, reconcile } from './bill.ts'

const openai = `start_time,start_time_iso,amount_value,amount_currency,line_item
1795132800,2026-11-20T00:00:00+00:00,0.123456789012345,usd,"gpt-4o-2024-08-06, input"
1795132800,2026-11-20T00:00:00+00:00,1.5e-7,usd,"gpt-4o-2024-08-06, output"
1795132800,2026-11-20T00:00:00+00:00,2,usd,"gpt-4o-mini-2024-07-18, output"
1795132800,2026-11-20T00:00:00+00:00,9.99,usd,
`

test('exports of OpenAI and Anthropic are read by their columns', () => {
  expect(readBill(openai)).toEqual([
    { day: '2026-11-20', model: 'gpt-4o-2024-08-06', costNanoUsd: 123_456_789 },
    { day: '2026-11-20', model: 'gpt-4o-2024-08-06', costNanoUsd: 150 },
    { day: '2026-11-20', model: 'gpt-4o-mini-2024-07-18', costNanoUsd: 2_000_000_000 },
  ])
  const anthropic = 'usage_date_utc,model,token_type,cost_usd\r\n2026-11-20,claude-opus-4-5,input,$0.50\r\n'
  expect(readBill(anthropic)).toEqual([{ day: '2026-11-20', model: 'claude-opus-4-5', costNanoUsd: 500_000_000 }])
})

test('a file that is no bill is refused at its line', () => {
  expect(() => readBill('a,b\n1,2')).toThrow('line 1: no column holds the day')
  expect(() => readBill('date,model,cost\nsoon,x,1')).toThrow('line 2: "soon" is no day')
  expect(() => readBill('date,model,cost\n2026-11-20,x,much')).toThrow('line 2: "much" is no amount')
  expect(() => readBill('')).toThrow('no column holds the day')
})

test('quotes, line ends within them and a missing last line end are CSV', () => {
  expect(readCsv('\ufeffa,"b ""c"", d"\n"x\ny",\n\n1,2')).toEqual([
    ['a', 'b "c", d'],
    ['x\ny', ''],
    ['1', '2'],
  ])
})

test('days and models stand side by side, dated names with plain ones, and what differs by more than 1 % is told', () => {
  const spend = (model: string, costNanoUsd: number) => ({
    day: '2026-11-20',
    model,
    costNanoUsd,
    requests: 1,
    unpriced: 0,
  })
  const rows = reconcile(
    readBill(openai),
    [spend('gpt-4o', 123_000_000), spend('gpt-4o-mini', 1_900_000_000), spend('o3', 5)],
    {
      provider: 'openai',
      overPercent: 1,
    },
  )
  expect(rows.map(({ model, billNanoUsd, oursNanoUsd, isOver }) => [model, billNanoUsd, oursNanoUsd, isOver])).toEqual([
    ['gpt-4o', 123_456_939, 123_000_000, false],
    ['gpt-4o-mini', 2_000_000_000, 1_900_000_000, true],
    ['o3', null, 5, true],
  ])
  expect(rows[1]!.differencePercent).toBeCloseTo(-5)
})
