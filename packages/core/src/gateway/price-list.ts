import { capabilities, modelTiers, type Factor, type PriceRow, type Rates } from './price-row.ts'

/**
 * Reads a price list as people write it. One line a model, in US dollars per million tokens:
 *
 *     names tier input cacheRead cacheWrite5m cacheWrite1h output contextWindow maxOutputTokens more…
 *
 * `-` leaves out. Several names of one model stand with commas between them, and one with a `*` prices whatever fits
 * it. More is any of `above200k=input/cacheRead/cacheWrite5m/cacheWrite1h/output`, `batch=.5`, `flex=`, `priority=5/3`,
 * `reasoning=`, `search=` (dollars a query; `/request`: once, however many), `image=`, `audio=` (dollars a second),
 * `from=` and `retired=` (days), `lacks=images,tools`, `embeddings`.
 */
export const readPriceList = (provider: string, text: string): PriceRow[] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .flatMap((line) => readLine(provider, line))

const readLine = (provider: string, line: string): PriceRow[] => {
  const [names = '', tier, input, cacheRead, cacheWrite5m, cacheWrite1h, output, context, longest, ...more] = line
    .trim()
    .split(/\s+/)
  const row: Omit<PriceRow, 'model'> = {
    provider,
    tier: modelTiers.find((known) => known === tier) ?? null,
    ...ratesOf([input, cacheRead, cacheWrite5m, cacheWrite1h, output]),
    contextWindow: Number(context),
    maxOutputTokens: longest === '-' ? 0 : Number(longest),
  }
  for (const field of more) {
    const [name = '', value = ''] = field.split('=')
    const read = fields[name.replace(/\d+k?$/, '')]
    if (!read) throw new Error(`a price list knows no ${field}`)
    read(row, value, name)
  }
  return names.split(',').map((name, place): PriceRow => {
    const plain = name.replace('*', '')
    // Only one of its names is chosen for `auto`, so that a fallback leaves the model.
    return { ...row, tier: place === 0 ? row.tier : null, model: plain, ...(plain === name ? {} : { match: name }) }
  })
}

const ratesOf = ([input, cacheRead, cacheWrite5m, cacheWrite1h, output]: (string | undefined)[]): Rates => ({
  input: nanoUsd(input),
  output: nanoUsd(output),
  ...given('cacheRead', cacheRead),
  ...given('cacheWrite5m', cacheWrite5m),
  ...given('cacheWrite1h', cacheWrite1h),
})

const given = (name: keyof Rates, text: string | undefined): Partial<Rates> | undefined =>
  text === undefined || text === '-' ? undefined : { [name]: nanoUsd(text) }

const fields: Record<string, (row: Omit<PriceRow, 'model'>, value: string, name: string) => void> = {
  above: (row, value, name) => {
    const [, count, thousand] = /^above(\d+)(k?)$/.exec(name) ?? []
    row.above = [
      ...(row.above ?? []),
      { aboveTokens: Number(count) * (thousand ? 1_000 : 1), ...ratesOf(value.split('/')) },
    ]
  },
  batch: (row, value) => void (row.serviceTiers = { ...row.serviceTiers, batch: factorOf(value) }),
  flex: (row, value) => void (row.serviceTiers = { ...row.serviceTiers, flex: factorOf(value) }),
  priority: (row, value) => void (row.serviceTiers = { ...row.serviceTiers, priority: factorOf(value) }),
  reasoning: (row, value) => void (row.reasoning = nanoUsd(value)),
  search: (row, value) => {
    const [price, once] = value.split('/')
    row.perSearchQuery = nanoUsd(price)
    if (once !== undefined) row.searchedOnce = true
  },
  image: (row, value) => void (row.perImage = nanoUsd(value)),
  audio: (row, value) => void (row.perAudioSecond = nanoUsd(value)),
  from: (row, value) => void (row.effectiveFrom = value),
  retired: (row, value) => void (row.retiredAt = value),
  lacks: (row, value) => void (row.lacks = capabilities.filter((capability) => value.split(',').includes(capability))),
  embeddings: (row) => void (row.kind = 'embeddings'),
}

const NANO_DIGITS = 9

/** Dollars as a plain decimal, exactly, in nano-USD. */
export const nanoUsd = (text: string | undefined): number => {
  const [, whole = '', fraction = ''] = /^(\d*)(?:\.(\d+))?$/.exec(text ?? '') ?? []
  if (whole + fraction === '' || fraction.length > NANO_DIGITS) throw new Error(`${text} is no price in dollars`)
  return Number(whole + fraction.padEnd(NANO_DIGITS, '0'))
}

/** `5/3` and `1.75` as fractions. */
const factorOf = (text: string): Factor => {
  const [times, per] = text.split('/').map(Number)
  return per === undefined ? { times: Math.round(Number(text) * 100), per: 100 } : { times: times!, per }
}
