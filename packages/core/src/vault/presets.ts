/** A well-known server that speaks the OpenAI API, under the name that people call it. */
export type CompatiblePreset = {
  name: string
  title: string
  baseUrl: string
  /** Runs on one's own machine, where it asks for no key and has to be allowed by ASSAY_EGRESS_ALLOW. */
  isLocal?: true
  /** Lists its models to anybody, so that a key is checked at this path instead. */
  checkPath?: string
}

/** Where the usual compatible servers are. Their credentials are of the provider `compatible` all the same. */
export const compatiblePresets: readonly CompatiblePreset[] = [
  { name: 'groq', title: 'Groq', baseUrl: 'https://api.groq.com/openai/v1' },
  { name: 'xai', title: 'xAI', baseUrl: 'https://api.x.ai/v1' },
  { name: 'mistral', title: 'Mistral', baseUrl: 'https://api.mistral.ai/v1' },
  { name: 'openrouter', title: 'OpenRouter', baseUrl: 'https://openrouter.ai/api/v1', checkPath: '/key' },
  { name: 'deepseek', title: 'DeepSeek', baseUrl: 'https://api.deepseek.com/v1' },
  { name: 'together', title: 'Together', baseUrl: 'https://api.together.xyz/v1' },
  { name: 'fireworks', title: 'Fireworks', baseUrl: 'https://api.fireworks.ai/inference/v1' },
  { name: 'cerebras', title: 'Cerebras', baseUrl: 'https://api.cerebras.ai/v1' },
  { name: 'perplexity', title: 'Perplexity', baseUrl: 'https://api.perplexity.ai' },
  { name: 'moonshot', title: 'Moonshot', baseUrl: 'https://api.moonshot.ai/v1' },
  { name: 'cohere', title: 'Cohere', baseUrl: 'https://api.cohere.ai/compatibility/v1' },
  { name: 'nvidia', title: 'NVIDIA', baseUrl: 'https://integrate.api.nvidia.com/v1' },
  { name: 'huggingface', title: 'Hugging Face', baseUrl: 'https://router.huggingface.co/v1' },
  { name: 'ollama', title: 'Ollama', baseUrl: 'http://127.0.0.1:11434/v1', isLocal: true },
  { name: 'vllm', title: 'vLLM', baseUrl: 'http://127.0.0.1:8000/v1', isLocal: true },
  { name: 'lmstudio', title: 'LM Studio', baseUrl: 'http://127.0.0.1:1234/v1', isLocal: true },
  { name: 'litellm', title: 'LiteLLM proxy', baseUrl: 'http://127.0.0.1:4000/v1', isLocal: true },
]

/** The preset of that name. */
export const presetOf = (name: string): CompatiblePreset | undefined =>
  compatiblePresets.find((preset) => preset.name === name.toLowerCase())
