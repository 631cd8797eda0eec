import { mayCall, prices as shippedPrices, type PriceRow } from '@assay/core'
import type { KeyHolder } from './parts.ts'

/** When the list says a model was made: the providers' own dates are not known here. */
const CREATED = 1_767_225_600

/** The models that a key may call, in the shape of OpenAI's list. */
export const modelList = (
  holder: Pick<KeyHolder, 'allowedModels' | 'allowedProviders'>,
  configured: readonly string[],
  { prices = shippedPrices, today }: { prices?: readonly PriceRow[] | undefined; today: string },
) => {
  const names = prices
    .filter(
      ({ provider, retiredAt }) => configured.includes(provider) && !(retiredAt !== undefined && today >= retiredAt),
    )
    .filter((row) => mayCall(holder, row))
    .map(({ provider, model }) => ({ id: `${provider}/${model}`, owner: provider }))
  return {
    object: 'list',
    data: [{ id: 'auto', owner: 'assay' }, ...names].map(({ id, owner }) => ({
      id,
      object: 'model',
      created: CREATED,
      owned_by: owner,
    })),
  }
}
