import { readPriceList } from './price-list.ts'
import { anthropicPrices } from './price-lists/anthropic.ts'
import { coherePrices } from './price-lists/cohere.ts'
import { deepseekPrices } from './price-lists/deepseek.ts'
import { googlePrices } from './price-lists/google.ts'
import { groqPrices } from './price-lists/groq.ts'
import { mistralPrices } from './price-lists/mistral.ts'
import { openaiPrices } from './price-lists/openai.ts'
import { simPrices } from './price-lists/sim.ts'
import { togetherPrices } from './price-lists/together.ts'
import { xaiPrices } from './price-lists/xai.ts'
import type { PriceRow } from './price-row.ts'

/** The day the figures were taken, and from where; the day is the version that requests keep. */
export const pricesSource = {
  date: '2026-11-20',
  source:
    "the providers' public price lists, as collected by LiteLLM (MIT, 2026-08-01) and, for what changed since, by genai-prices 0.1.8 (MIT)",
}

/** What each known model costs, in nano-USD per million tokens: a new model is a new line of its provider's list. */
export const prices: readonly PriceRow[] = /* @__PURE__ */ Object.entries({
  sim: simPrices,
  openai: openaiPrices,
  anthropic: anthropicPrices,
  google: googlePrices,
  groq: groqPrices,
  xai: xaiPrices,
  mistral: mistralPrices,
  deepseek: deepseekPrices,
  cohere: coherePrices,
  together: togetherPrices,
}).flatMap(([provider, list]) => readPriceList(provider, list))
