/** Other names of one provider. */
export const providerNames: Record<string, string> = {
  gemini: 'google',
  'x-ai': 'xai',
  mistralai: 'mistral',
  together_ai: 'together',
  cohere_chat: 'cohere',
}

/** Providers by the origin that serves them, so that a compatible server at a known address has its price. */
const providersByOrigin: Record<string, string> = {
  'https://api.openai.com': 'openai',
  'https://api.anthropic.com': 'anthropic',
  'https://generativelanguage.googleapis.com': 'google',
  'https://api.groq.com': 'groq',
  'https://api.x.ai': 'xai',
  'https://api.mistral.ai': 'mistral',
  'https://codestral.mistral.ai': 'mistral',
  'https://api.deepseek.com': 'deepseek',
  'https://api.cohere.com': 'cohere',
  'https://api.cohere.ai': 'cohere',
  'https://api.together.xyz': 'together',
  'https://api.together.ai': 'together',
  'https://openrouter.ai': 'openrouter',
}

/** Whose prices count for a call: the provider, or for a compatible server the one known at its origin. */
export const pricedProvider = ({ provider, baseUrl }: { provider: string; baseUrl: string | null }): string => {
  if (provider === 'azure') return 'openai'
  if (provider !== 'compatible' || baseUrl === null) return provider
  return providersByOrigin[/^https?:\/\/[^/]+/.exec(baseUrl)?.[0] ?? ''] ?? provider
}

/** Makers who serve their closed models themselves, by OpenRouter's names for them. */
const vendors: Record<string, (model: string) => string> = {
  openai: (model) => model,
  // `claude-opus-4.5` there, `claude-opus-4-5` at home.
  anthropic: (model) => model.replaceAll('.', '-'),
  google: (model) => model,
  'x-ai': (model) => model,
}

/** The model behind `openrouter/vendor/model`; null when nobody knows whose price it has. */
export const vendorOf = (name: string): { provider: string; model: string } | null => {
  const [reseller, vendor, ...rest] = name.split('/')
  const spell = reseller === 'openrouter' && vendor !== undefined ? vendors[vendor] : undefined
  return spell && rest.length > 0 ? { provider: vendor!, model: spell(rest.join('/')) } : null
}
