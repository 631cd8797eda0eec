import { z } from 'zod'
import { AssayError } from './errors.ts'
import { issuesOf } from './error-entry.ts'
import { isKeyValues } from './key-values.ts'
import { Secret } from './secret.ts'

/** The parts of the service that one process may run. */
export const serviceRoles = ['gateway', 'worker', 'scheduler', 'web'] as const
export type ServiceRole = (typeof serviceRoles)[number]

const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  )

const databaseUrl = z
  .string()
  .regex(/^postgres(ql)?:\/\/./, 'must begin with postgres:// or postgresql://')
  .transform((text) => new Secret(text))

const secret = z
  .string()
  .min(1)
  .transform((text) => new Secret(text))
const timeoutMs = (usual: number) => z.coerce.number().int().min(1).max(3_600_000).default(usual)
const listOfPairs = z.string().refine(isKeyValues, 'must be a list of name=value, the values percent-encoded')
const address = z.url({ protocol: /^https?$/ })
const origin = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''))

/** Everything the environment may say to Assay; `assay config` prints it with the secrets masked. */
export const Environment = z.object({
  ASSAY_HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
  ASSAY_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(8378)
    .describe('Port to listen on; 0 takes any free one.'),
  ASSAY_DATA: z
    .string()
    .min(1)
    .default('./.assay')
    .describe('Directory of the embedded database, the spool and the master key.'),
  DATABASE_URL: databaseUrl
    .optional()
    .describe('A PostgreSQL server of version 15 or newer, instead of the embedded engine.'),
  ASSAY_ROLES: z
    .string()
    .default(serviceRoles.join(','))
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .pipe(z.array(z.enum(serviceRoles)).min(1))
    .describe('Which parts this process runs: gateway, worker, scheduler, web.'),
  ASSAY_MASTER_KEY_COMMAND: z
    .string()
    .min(1)
    .optional()
    .describe('A program that wraps and unwraps data keys with a key of its own, such as one in a KMS.'),
  ASSAY_MASTER_KEY_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('A file with the master key, readable by its owner alone; former keys may follow, a line each.'),
  ASSAY_MASTER_KEY: secret
    .optional()
    .describe('The master key itself: 32 bytes in base64 or hex; former keys may follow after commas.'),
  ASSAY_ADMIN_KEY: z
    .string()
    .min(16, 'must have 16 characters or more')
    .transform((text) => new Secret(text))
    .optional()
    .describe('A gateway key with all scopes for the workspace `local`, for a start without a person.'),
  ASSAY_EGRESS_ALLOW: list.describe(
    'host:port or CIDR, comma separated: private addresses that outgoing calls may reach.',
  ),
  ASSAY_PUBLIC_URL: origin
    .optional()
    .describe('The address people and applications use, when a proxy stands before the server.'),
  ASSAY_URL: origin.optional().describe('The server that the command line talks to.'),
  ASSAY_API_KEY: secret.optional().describe('The gateway key that the command line sends.'),
  ASSAY_LEDGER: z
    .enum(['durable', 'relaxed'])
    .default('durable')
    .describe('`relaxed` lets an answer end before its record is on the disk.'),
  ASSAY_SPOOL_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(1_048_576)
    .default(268_435_456)
    .describe('How large the request spool may grow before bodies are dropped.'),
  ASSAY_CACHE_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(1_048_576)
    .default(536_870_912)
    .describe('How large the kept answers may grow together; what was not asked for longest goes first.'),
  ASSAY_CONNECT_TIMEOUT_MS: timeoutMs(10_000).describe('How long a connection to a provider may take to open.'),
  ASSAY_FIRST_TOKEN_TIMEOUT_MS: timeoutMs(60_000).describe('How long a stream may take to its first content.'),
  ASSAY_IDLE_TIMEOUT_MS: timeoutMs(60_000).describe('How long an answer may stand still between two pieces.'),
  ASSAY_REQUEST_TIMEOUT_MS: timeoutMs(600_000).describe(
    'How long a whole request may take; `x-assay-timeout-ms` may ask for less.',
  ),
  ASSAY_OPERATOR_KEYS_FOR: z
    .string()
    .default('local')
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .describe("Workspaces, by slug, that the operator's own provider keys below may serve; * is all, - is none."),
  SMTP_URL: z
    .string()
    .regex(
      /^smtps?:\/\/(?:[^\s@/?#]+@)?[^\s@/?#]+(?:[/?]\S*)?$/,
      'must be smtp://host or smtps://user:password@host, special characters percent-encoded',
    )
    .transform((text) => new Secret(text))
    .optional()
    .describe('The mail server for alerts: smtps://user:password@host, or smtp:// with STARTTLS.'),
  SMTP_FROM: z.string().min(3).max(200).optional().describe('The sender of mail; else `assay` at the mail server.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: origin
    .optional()
    .describe('An OpenTelemetry collector that takes OTLP over HTTP; spans go to `/v1/traces` below it.'),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: address.optional().describe('The whole address for spans, instead.'),
  OTEL_EXPORTER_OTLP_HEADERS: listOfPairs
    .transform((text) => new Secret(text))
    .optional()
    .describe('Headers for the collector as name=value, comma separated.'),
  OTEL_SERVICE_NAME: z.string().min(1).optional().describe('What this service is called in traces; else `assay`.'),
  OTEL_RESOURCE_ATTRIBUTES: listOfPairs
    .optional()
    .describe('What else traces say of this process, as name=value, comma separated.'),
  OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: z
    .stringbool()
    .default(false)
    .describe('`true` puts questions and answers into spans, freed of secrets and personal data.'),
  OPENAI_API_KEY: secret.optional().describe("The operator's own OpenAI key."),
  OPENAI_BASE_URL: origin.optional().describe('Where the OpenAI API of the operator is.'),
  ANTHROPIC_API_KEY: secret.optional().describe("The operator's own Anthropic key."),
  ANTHROPIC_BASE_URL: origin.optional().describe('Where the Anthropic API of the operator is.'),
  GEMINI_API_KEY: secret.optional().describe("The operator's own key for the Gemini API."),
  GOOGLE_API_KEY: secret.optional().describe('The same under its other name; GEMINI_API_KEY comes first.'),
  GEMINI_BASE_URL: origin.optional().describe('Where the Gemini API of the operator is.'),
  AZURE_OPENAI_API_KEY: secret.optional().describe("The operator's own key for an Azure OpenAI resource."),
  AZURE_OPENAI_ENDPOINT: origin.optional().describe('The address of that resource; the key alone says nothing.'),
})
export type Environment = z.infer<typeof Environment>

/** The configuration of one process. */
export type Config = Environment

/** Reads the configuration; throws `config.invalid` naming each wrong variable and the value it had. */
export const readConfig = (environment: Record<string, string | undefined>): Config => {
  const given = Object.fromEntries(
    Object.keys(Environment.shape).flatMap((name) => (environment[name] ? [[name, environment[name]]] : [])),
  )
  const parsed = Environment.safeParse(given)
  if (parsed.success) return parsed.data
  throw new AssayError('config.invalid', {
    issues: issuesOf(parsed.error).map(({ path, message }) => ({
      path,
      message: isSecretName(path) ? message : `${message}, but it is ${JSON.stringify(given[rootOf(path)])}`,
    })),
  })
}

/** A provider of the operator; either the key or the address may be left to its default. */
export type OperatorProvider = { provider: string; baseUrl: string | null; secret: Secret | null }

/** The providers that the environment itself opens, each with what it says of them. */
export const operatorProviders = (config: Partial<Config>): OperatorProvider[] =>
  [
    { provider: 'openai', secret: config.OPENAI_API_KEY, baseUrl: config.OPENAI_BASE_URL },
    { provider: 'anthropic', secret: config.ANTHROPIC_API_KEY, baseUrl: config.ANTHROPIC_BASE_URL },
    { provider: 'google', secret: config.GEMINI_API_KEY ?? config.GOOGLE_API_KEY, baseUrl: config.GEMINI_BASE_URL },
    // A resource of Azure is anywhere: without its address the key leads nowhere.
    ...(config.AZURE_OPENAI_ENDPOINT
      ? [{ provider: 'azure', secret: config.AZURE_OPENAI_API_KEY, baseUrl: config.AZURE_OPENAI_ENDPOINT }]
      : []),
  ].flatMap(({ provider, secret, baseUrl }) =>
    secret || baseUrl ? [{ provider, secret: secret ?? null, baseUrl: baseUrl ?? null }] : [],
  )

const rootOf = (path: string): string => path.replace(/[[.].*$/, '')

/** Names whose value is never printed. */
const isSecretName = (name: string): boolean => /KEY$|HEADERS$|DATABASE_URL|SMTP_URL/.test(name)
