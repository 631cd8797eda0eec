import { createPhraseFinder } from './phrases.ts'

/** Whose error it is: the provider or tool of the family, by a name, a host or a wording of its own. First match wins. */
const origins: { name: string; marks: string[] }[] = [
  // DeepSeek answers with OpenAI's sentences, but repeats the type as code.
  {
    name: 'deepseek',
    marks: ['deepseek request', 'api.deepseek', "'code': 'invalid_request_error'", '"code":"invalid_request_error"'],
  },
  {
    name: 'bedrock',
    marks: ['bedrock', 'amazonaws', 'aws-sdk', 'throttlingexception', 'accessdeniedexception', 'botocore'],
  },
  { name: 'azure', marks: ['azure', 'content management policy', 'deploymentnotfound', 'chatcompletions_create'] },
  { name: 'openrouter', marks: ['openrouter', 'no endpoints found', 'provider returned error'] },
  { name: 'groq', marks: ['groq', 'service tier `on_demand`', 'failed_generation'] },
  { name: 'mistral', marks: ['mistralai', 'api.mistral', 'sdkvalidationerror', 'service tier capacity'] },
  { name: 'cohere', marks: ['cohere', 'trial key'] },
  { name: 'huggingface', marks: ['huggingface', 'hf.co', 'inference endpoints'] },
  { name: 'ollama', marks: ['ollama', ':11434'] },
  {
    name: 'anthropic',
    marks: ['anthropic', 'request_id":"req_01', 'overloaded_error', 'x-api-key', 'tool_use', 'prompt is too long'],
  },
  {
    name: 'google',
    marks: [
      'googleapis',
      'gemini',
      'generativelanguage',
      'google.rpc',
      'vertex',
      'resource_exhausted',
      'resource has been exhausted',
      'block_reason',
      '@google',
      'invalid_argument',
    ],
  },
  {
    name: 'openai',
    marks: [
      'openai',
      'org-',
      "this model's maximum context length",
      'insufficient_quota',
      'exceeded your current quota',
    ],
  },
  { name: 'mcp', marks: ['mcp'] },
  { name: 'npm', marks: ['npm err', 'npm error', 'npmjs.org'] },
  { name: 'pnpm', marks: ['err_pnpm', 'pnpm'] },
  { name: 'yarn', marks: ['yarn'] },
  { name: 'pip', marks: ['pip ', 'matching distribution', 'failed building wheel'] },
  { name: 'typescript', marks: ['error ts'] },
  { name: 'webpack', marks: ['webpack', 'module parse failed', 'module build failed'] },
  { name: 'vite', marks: ['vite', 'failed to resolve import'] },
  { name: 'rollup', marks: ['rollup'] },
  { name: 'esbuild', marks: ['esbuild', 'build failed with', 'transform failed with'] },
  { name: 'babel', marks: ['babel'] },
  { name: 'eslint', marks: ['eslint', 'parsing error:'] },
  { name: 'postcss', marks: ['csssyntaxerror', 'postcss'] },
  { name: 'zod', marks: ['zoderror', 'zod'] },
  { name: 'pydantic', marks: ['pydantic', 'validation error for', 'validation errors for'] },
  { name: 'ajv', marks: ['must have required property', 'must not have additional', 'ajv'] },
  { name: 'ai-sdk', marks: ['ai_', '@ai-sdk'] },
  { name: 'langchain', marks: ['langchain', 'langgraph', 'outputparser'] },
  {
    name: 'json',
    marks: ['valid json', 'in json at', 'json input', 'json parse', 'jsondecodeerror', 'expecting value'],
  },
  { name: 'postgresql', marks: ['postgres', 'psycopg', 'sqlstate', 'pg_hba', 'relation "'] },
  { name: 'mysql', marks: ['mysql', 'mariadb', 'er_'] },
  { name: 'sqlite', marks: ['sqlite'] },
  { name: 'mongodb', marks: ['mongo', 'e11000'] },
  { name: 'redis', marks: ['redis', 'wrongpass', 'noauth', 'wrongtype'] },
  { name: 'prisma', marks: ['prisma'] },
  { name: 'docker', marks: ['docker', 'manifest unknown', 'container'] },
  { name: 'kubernetes', marks: ['kube', 'imagepullbackoff', 'crashloopbackoff'] },
  { name: 'grpc', marks: ['grpc', 'deadline_exceeded', 'unavailable:'] },
  { name: 'nginx', marks: ['nginx'] },
  { name: 'cloudflare', marks: ['cloudflare'] },
  { name: 'undici', marks: ['und_err', 'undici', 'fetch failed'] },
  { name: 'axios', marks: ['axioserror', 'axios'] },
  {
    name: 'python',
    marks: [
      'traceback',
      'httpx',
      'httpcore',
      'aiohttp',
      'urllib3',
      'requests.exceptions',
      '_ssl.c',
      'no module named',
      'nonetype',
    ],
  },
  { name: 'git', marks: ['fatal: '] },
  { name: 'node', marks: ['node:', 'err_', 'require stack', 'enoent', 'econn', 'cannot find module'] },
]

const finder = createPhraseFinder(origins.flatMap(({ marks }) => marks))
const ranks = origins.flatMap(({ marks }, rank) => marks.map(() => rank))

/** The provider or tool an error comes from; 'any' when nothing tells. `text` is lower case. */
export const originOf = (text: string): string => {
  let rank = origins.length
  for (const mark of finder.find(text)) rank = Math.min(rank, ranks[mark]!)
  return origins[rank]?.name ?? 'any'
}
