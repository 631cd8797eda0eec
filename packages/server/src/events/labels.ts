import { credentialProviders, prices } from '@assay/core'

/** What stands for everything that has no label of its own. */
export const OTHER = 'other'

const providers: ReadonlySet<string> = new Set([...credentialProviders, 'sim'])

/** A provider as a label. */
export const providerLabel = (provider: string): string => (providers.has(provider) ? provider : OTHER)

/** Models beside those of the price list that may have a label. */
const MOST_MODELS = 200
const LONGEST_LABEL = 100

/**
 * Models as labels: those of the price list, and the first that answered beside them. Callers name models as they like,
 * and what they can name freely must not fill the memory of whoever collects.
 */
export const createModelLabels = () => {
  const known = new Set(prices.map(({ model }) => model))
  let left = MOST_MODELS
  return {
    /** Gives a model that has answered its own label, while there is room. */
    admit: (model: string): void => {
      if (left === 0 || model.length > LONGEST_LABEL || known.has(model)) return
      left -= 1
      known.add(model)
    },
    label: (model: string): string => (known.has(model) ? model : OTHER),
  }
}
