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
  return failure.absorbed ? stepSeverity(own, -1) : own
}

const ownSeverity = (failure: { category: Category; subcategory: string | null; text: string }): Severity => {
  const { category, subcategory, text } = failure
  if (category === 'rate_limit' && subcategory === 'quota') return 'critical'
  if (category === 'auth' && accountIsDown.test(text)) return 'critical'
  if (category === 'provider' && subcategory === 'model_not_found') return 'high'
  return base[category]
}

/** So many users, or such a share of so many requests of one route, make a failure widespread. */
export const WIDESPREAD_USERS = 5
export const WIDESPREAD_SHARE = 0.25
export const WIDESPREAD_REQUESTS = 20
/** The window it is looked for in, and how long it counts once it was seen. */
export const WIDESPREAD_MINUTES = 5

/** What a failure has hit within the window. */
export type Spread = { users: number; routes: readonly { requests: number; failed: number }[] }

/** True while a failure hits so many at once that somebody should look sooner. */
export const isWidespread = ({ users, routes }: Spread): boolean =>
  users >= WIDESPREAD_USERS ||
  routes.some(({ requests, failed }) => requests >= WIDESPREAD_REQUESTS && failed >= WIDESPREAD_SHARE * requests)

/** One step up for what is widespread, one step down for what a fallback cured. */
export const stepSeverity = (severity: Severity, step: 1 | -1): Severity =>
  severities[Math.min(severities.length - 1, Math.max(0, severities.indexOf(severity) + step))]!

/** The worse of two. */
export const worseSeverity = (a: Severity, b: Severity): Severity =>
  severities.indexOf(a) >= severities.indexOf(b) ? a : b
