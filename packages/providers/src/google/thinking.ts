/** How hard a model of each family is asked to think, by the effort of the request; null: it has no such setting. */
type Family = { pattern: RegExp; settings: Record<string, object> | null }

const level = (thinkingLevel: string) => ({ thinkingLevel, includeThoughts: true })
const budget = (thinkingBudget: number) => ({ thinkingBudget, includeThoughts: true })

const budgets = { minimal: budget(1_024), low: budget(1_024), medium: budget(8_192), high: budget(24_576) }

/** The first row that fits counts. */
const families: readonly Family[] = [
  {
    pattern: /gemini-3-pro/,
    settings: { minimal: level('low'), low: level('low'), medium: level('high'), high: level('high') },
  },
  {
    pattern: /gemini-3.*pro/,
    settings: { minimal: level('low'), low: level('low'), medium: level('medium'), high: level('high') },
  },
  {
    pattern: /gemini-(?:[3-9]|\d\d)/,
    settings: {
      none: { thinkingLevel: 'minimal' },
      minimal: level('minimal'),
      low: level('low'),
      medium: level('medium'),
      high: level('high'),
    },
  },
  { pattern: /gemini-2\.5-pro/, settings: budgets },
  { pattern: /gemini-2\.5/, settings: { ...budgets, none: { thinkingBudget: 0 } } },
  { pattern: /gemini-(?:flash|pro).*latest/, settings: budgets },
]

/** The thinking settings for an effort; null when the model has no counterpart. */
export const thinkingOf = (effort: unknown, model: string): object | null => {
  const settings = families.find(({ pattern }) => pattern.test(model))?.settings
  const name = effort === 'xhigh' ? 'high' : effort
  return typeof name === 'string' ? (settings?.[name] ?? (name === 'none' && !settings ? {} : null)) : null
}
