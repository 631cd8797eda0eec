import { severities, type Category, type Severity } from './failure.ts'

const base: Record<Category, Severity> = {
  auth: 'high',
  dependency: 'high',
  validation: 'medium',
  context_length: 'medium',
  syntax: 'medium',
  timeout: 'medium',
  network: 'medium',
  provider: 'medium',
  unknown: 'medium',
  rate_limit: 'low',
  content_policy: 'low',
}

// Nothing works until a person acts; the category alone does not say so.
const accountIsDown =
  /account.{0,24}(?:deactivated|disabled|suspended|not active|terminated)|organization has been disabled|consumer.{0,40}suspended/i

/** What an operator must do about a failure of this kind; one step less where another model answered in the end. */
export const severityOf = (failure: {
  category: Category
  subcategory: string | null
  text: string
  absorbed?: boolean
}): Severity => {
  const own = ownSeverity(failure)
  return failure.absorbed ? severities[Math.max(0, severities.indexOf(own) - 1)]! : own
}

const ownSeverity = (failure: { category: Category; subcategory: string | null; text: string }): Severity => {
  const { category, subcategory, text } = failure
  if (category === 'rate_limit' && subcategory === 'quota') return 'critical'
  if (category === 'auth' && accountIsDown.test(text)) return 'critical'
  if (category === 'provider' && subcategory === 'model_not_found') return 'high'
  return base[category]
}
