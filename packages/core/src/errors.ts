import { entry, type ErrorEntry, type Issue } from './error-entry.ts'
import { formatUsd } from './money.ts'
import type { CheckFault } from './vault/credential.ts'

const limitWords = { rpm: 'requests per minute', tpm: 'tokens per minute', maxConcurrency: 'requests at the same time' }

/**
 * Every error a user can meet, in one list. It feeds the throw site, the HTTP status, the command's exit code and
 * advice, and `docs/errors.md`. A message names the thing and the value, never a secret; a hint names the way out.
 */
export const catalogue = {
  'internal.unexpected': entry({
    status: 500,
    exitCode: 1,
    message: 'Something unexpected happened.',
    hint: 'The log of the server holds the cause under this request id.',
  }),
  'internal.overloaded': entry<{ retryAfterSeconds: number }>({
    status: 503,
    message: 'The server is at its limit.',
    hint: ({ retryAfterSeconds }) => `Try again in ${retryAfterSeconds} s.`,
  }),
  'internal.stopping': entry({ status: 503, message: 'The server is stopping.', hint: 'Try again in a moment.' }),

  'input.invalid': entry<{ what: string; issues: Issue[] }>({
    status: 400,
    message: ({ what, issues }) =>
      `The ${what} is not valid: ${issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ')}.`,
    hint: 'Correct the named fields and send it again.',
  }),
  'input.bad_json': entry<{ what: string; reason: string }>({
    status: 400,
    message: ({ what, reason }) => `The ${what} is not JSON: ${reason}.`,
    hint: 'Send one JSON value in UTF-8.',
  }),
  'input.too_large': entry<{ what: string; limitBytes: number }>({
    status: 413,
    message: ({ what, limitBytes }) => `The ${what} is larger than ${limitBytes} bytes.`,
    hint: 'Send less at once.',
  }),
  'input.unsupported_encoding': entry<{ encoding: string }>({
    status: 415,
    message: ({ encoding }) => `A request body with content-encoding ${encoding} is not accepted.`,
    hint: 'Send the body uncompressed.',
  }),
  'input.unsupported_media_type': entry<{ contentType: string }>({
    status: 415,
    message: ({ contentType }) => `A body of type ${contentType} is not accepted.`,
    hint: 'Send JSON with `content-type: application/json`.',
  }),
  'input.bad_request': entry<{ reason: string }>({
    status: 400,
    message: ({ reason }) => `The request cannot be understood: ${reason}.`,
    hint: 'Send a plain HTTP/1.1 request in origin form with one Host header.',
  }),

  'http.not_found': entry<{ method: string; path: string }>({
    status: 404,
    message: ({ method, path }) => `There is nothing at ${method} ${path}.`,
    hint: 'The list of routes is at /api/openapi.json.',
  }),
  'http.method_not_allowed': entry<{ method: string; path: string; allow: string }>({
    status: 405,
    message: ({ method, path }) => `${method} is not possible on ${path}.`,
    hint: ({ allow }) => `Use ${allow}.`,
  }),
  'http.rate_limited': entry<{ what: string; limit: number; retryAfterSeconds: number }>({
    status: 429,
    message: ({ what, limit }) => `More than ${limit} ${what}.`,
    hint: ({ retryAfterSeconds }) => `Try again in ${retryAfterSeconds} s.`,
  }),
  'resource.not_found': entry<{ what: string; id: string }>({
    status: 404,
    message: ({ what, id }) => `There is no ${what} ${id}.`,
    hint: ({ what }) => `List what there is to find the id of the ${what}.`,
  }),

  'requests.no_body': entry<{ id: string }>({
    status: 409,
    message: ({ id }) => `The body of request ${id} is not kept.`,
    hint: 'Bodies are kept for 7 days where retention is full: set it for the workspace or the gateway key, then ask again.',
  }),

  'access.unauthenticated': entry({
    status: 401,
    message: 'No sign-in and no key came with the request.',
    hint: 'Send `Authorization: Bearer as_live_…` or sign in.',
  }),
  'access.key_invalid': entry({
    status: 401,
    message: 'The gateway key is not valid.',
    hint: 'Make one with `assay gateway-keys create`, and send it whole.',
  }),
  'access.key_expired': entry<{ expiresAt: string }>({
    status: 401,
    message: ({ expiresAt }) => `The gateway key expired at ${expiresAt}.`,
    hint: 'Make a new one with `assay gateway-keys create`.',
  }),
  'access.scope_missing': entry<{ scope: string }>({
    status: 403,
    message: ({ scope }) => `The gateway key lacks the scope ${scope}.`,
    hint: ({ scope }) => `Make one with \`assay gateway-keys create --scope ${scope}\`.`,
  }),
  'access.role_missing': entry<{ role: string }>({
    status: 403,
    message: ({ role }) => `This needs the role ${role} in the workspace.`,
    hint: 'Ask an owner of the workspace.',
  }),
  'access.key_needed': entry<{ scope: string }>({
    status: 403,
    message: ({ scope }) => `This takes a gateway key with the scope ${scope}, not a sign-in.`,
    hint: ({ scope }) => `Make one with \`assay gateway-keys create --scope ${scope}\`.`,
  }),
  'access.sign_in_needed': entry({
    status: 403,
    message: 'This takes a sign-in, not a gateway key.',
    hint: 'Sign in on the pages of this server.',
  }),
  'access.model_not_allowed': entry<{ model: string }>({
    status: 403,
    message: ({ model }) => `The gateway key may not call ${model}.`,
    hint: '`GET /v1/models` lists what it may call.',
  }),
  'access.credential_not_allowed': entry<{ what: string }>({
    status: 403,
    message: ({ what }) => `The gateway key may not use a credential for ${what}.`,
    hint: 'Leave `x-assay-credential` out, or use a key that is pinned to it.',
  }),
  'access.operator_needed': entry({
    status: 403,
    message: 'This concerns every workspace of the server, so it takes its operator.',
    hint: 'Run it on the machine of the server, or with the key of ASSAY_ADMIN_KEY.',
  }),
  'access.link_invalid': entry({
    status: 401,
    message: 'The sign-in link was used before or is older than its limit.',
    hint: 'Start the server again, or run `assay open`, for a new one.',
  }),
  'access.cross_site': entry({
    status: 403,
    message: 'A browser sent this change from another site.',
    hint: 'Send changes from the pages of this server, or with a gateway key.',
  }),

  'gateway.model_unknown': entry<{ model: string; suggestions: string[] }>({
    status: 404,
    message: ({ model }) => `The model ${model} is not known.`,
    hint: ({ suggestions }) =>
      suggestions.length > 0 ? `Did you mean ${suggestions.join(', ')}?` : 'Write it as `provider/model`.',
  }),
  'gateway.no_embeddings': entry<{ provider: string; model: string }>({
    status: 400,
    message: ({ provider, model }) => `The model ${provider}/${model} has no embeddings.`,
    hint: 'Name a model that has, such as `openai/text-embedding-3-small` or `google/gemini-embedding-001`.',
  }),
  'gateway.only_embeddings': entry<{ provider: string; model: string }>({
    status: 400,
    message: ({ provider, model }) => `The model ${provider}/${model} makes embeddings and nothing else.`,
    hint: 'Send its texts to `POST /v1/embeddings`.',
  }),
  'gateway.key_inactive': entry<{ id: string; state: string }>({
    status: 409,
    message: ({ id, state }) => `The gateway key ${id} is ${state}.`,
    hint: 'Make a new one with `assay gateway-keys create`, or name the key that took its place.',
  }),
  'gateway.rate_limited': entry<{
    /** Which limit of the key: requests per minute, tokens per minute, or requests at the same time. */
    limit: 'rpm' | 'tpm' | 'maxConcurrency'
    allowed: number
    /** What this one request would have taken. */
    needed: number
    retryAfterMs: number
  }>({
    status: 429,
    message: ({ limit, allowed, needed }) =>
      needed > allowed
        ? `The request would take ${needed} of the ${allowed} ${wordsOf(limit)} that the gateway key may use (${limit}).`
        : `The gateway key has used its ${allowed} ${wordsOf(limit)} (${limit}).`,
    hint: ({ needed, allowed, retryAfterMs }) =>
      needed > allowed
        ? 'Lower `max_tokens`, send less, or raise the limit of the key.'
        : `Try again in ${Math.max(1, Math.ceil(retryAfterMs / 1_000))} s, or raise the limit with \`assay gateway-keys update\`.`,
  }),
  'gateway.budget_exceeded': entry<{
    /** Whose budget: the key's, or the one that all keys of the workspace share. */
    budget: 'key' | 'workspace'
    window: 'hour' | 'day' | 'month' | 'total'
    usedNanoUsd: number
    reservedNanoUsd: number
    limitNanoUsd: number
    /** What this one request could have cost at most. */
    neededNanoUsd: number
    /** Null: never. */
    resetsAt: string | null
  }>({
    status: 402,
    message: ({ budget, usedNanoUsd, reservedNanoUsd, limitNanoUsd, neededNanoUsd }) =>
      `The budget of the ${budget} has no room for this request: of ${formatUsd(limitNanoUsd)}, ${formatUsd(usedNanoUsd)} are used and ${formatUsd(reservedNanoUsd)} reserved, and it may cost ${formatUsd(neededNanoUsd)}.`,
    hint: ({ resetsAt }) =>
      `${resetsAt === null ? '' : `It begins anew at ${resetsAt}. `}Set a smaller \`max_tokens\`, or raise the budget.`,
  }),
  'gateway.cost_limit': entry<{ limitNanoUsd: number; neededNanoUsd: number }>({
    status: 402,
    message: ({ limitNanoUsd, neededNanoUsd }) =>
      `The request may cost ${formatUsd(neededNanoUsd)}, and the gateway key allows ${formatUsd(limitNanoUsd)} for one.`,
    hint: 'Set a smaller `max_tokens`, choose a cheaper model, or raise the limit of the key.',
  }),
  'gateway.model_unpriced': entry<{ model: string }>({
    status: 403,
    message: ({ model }) => `${model} has no price, so it cannot be counted against a budget.`,
    hint: 'Set a price for it, or use a gateway key without a budget.',
  }),
  'gateway.untranslatable': entry<{ provider: string; path: string; reason: string }>({
    status: 400,
    message: ({ provider, path, reason }) => `${path} cannot be sent to ${provider}: ${reason}.`,
    hint: 'Leave it out, or name a model of a provider that takes it.',
  }),
  'gateway.cache_miss': entry({
    status: 404,
    message: 'No kept answer fits this request, and `x-assay-cache: only` allows no call.',
    hint: 'Send it with `x-assay-cache: on` to have it answered and kept.',
  }),
  'gateway.store_unavailable': entry({
    status: 503,
    message: 'The database does not answer, so the key cannot be looked up.',
    hint: 'Try again in a moment.',
  }),
  'gateway.provider_failed': entry<{
    provider: string
    model: string
    reason: string
    /** What the provider itself said: its HTTP status and the code and type of its error. */
    providerStatus?: number
    providerCode?: string
    providerType?: string
    /** How long it asked to be left alone. */
    retryAfterMs?: number
  }>({
    status: 502,
    message: ({ provider, model, reason }) => `${provider}/${model} gave no usable answer: ${reason}.`,
    hint: 'The attempts are listed under this request id in `assay requests show`.',
  }),
  'gateway.provider_unreachable': entry<{ provider: string; origin: string; reason: string }>({
    status: 502,
    message: ({ provider, origin, reason }) => `${provider} at ${origin} cannot be reached: ${reason}.`,
    hint: 'Check the base URL of the credential and that the server runs.',
  }),
  'gateway.timeout': entry<{ provider: string; model: string; stage: string; timeoutMs: number }>({
    status: 504,
    message: ({ provider, model, stage, timeoutMs }) =>
      `${provider}/${model} did not send ${stage} within ${timeoutMs} ms.`,
    hint: 'Allow more with `x-assay-timeout-ms`, or choose another model.',
  }),
  'gateway.idempotency_running': entry<{ retryAfterMs: number }>({
    status: 409,
    message: 'The call with this idempotency key is still under way.',
    hint: 'Send it again in a moment, or use another key for another call.',
  }),
  'gateway.idempotency_mismatch': entry({
    status: 422,
    message: 'This idempotency key was used for another call.',
    hint: 'Use a new key for each call, and the same one only to send the very same call again.',
  }),
  'gateway.circuit_open': entry<{ provider: string; model: string; retryAfterMs: number }>({
    status: 503,
    message: ({ provider, model }) =>
      `${provider}/${model} has failed too often of late and is left alone for a while.`,
    hint: 'Try again when the `retry-after` of the answer is over, or name a fallback with `x-assay-fallback`.',
  }),
  'gateway.provider_busy': entry<{ provider: string; retryAfterMs: number }>({
    status: 503,
    message: ({ provider }) => `Too many requests wait already until ${provider} takes more.`,
    hint: ({ retryAfterMs }) =>
      `Try again in ${Math.ceil(retryAfterMs / 1_000)} s, or name a fallback with \`x-assay-fallback\`.`,
  }),
  'gateway.shed': entry<{ reason: string }>({
    status: 503,
    message: ({ reason }) => `The request was not taken: ${reason}.`,
    hint: 'Free disk space; the server recovers by itself.',
  }),

  'gateway.guard_blocked': entry<{ guard: string }>({
    status: 400,
    message: ({ guard }) => `The guard ${guard} does not let this through.`,
    hint: 'Change the text, or ask who looks after the gateway what the guard is for.',
  }),
  'gateway.guard_failed': entry<{ guard: string }>({
    status: 503,
    message: ({ guard }) => `The guard ${guard} could not look at this, and lets nothing through unseen.`,
    hint: 'Try again in a moment; `assay guards try` shows whether the guard works.',
  }),
  'gateway.passthrough_guarded': entry({
    status: 403,
    message: 'Guards look at the calls of this key, and a call that passes as it is cannot be looked at.',
    hint: 'Use a path that the guards can read, such as /v1/chat/completions, or a key without guards.',
  }),
  'alerts.name_taken': entry<{ what: string; name: string }>({
    status: 409,
    message: ({ what, name }) => `There is an alert ${what} ${name} already.`,
    hint: 'Choose another name, or change the one there is.',
  }),
  'alerts.no_mail': entry({
    status: 422,
    exitCode: 2,
    message: 'No mail server is set, so e-mail cannot be sent.',
    hint: 'Set SMTP_URL, such as smtps://user:password@mail.example.com, and restart; or use a webhook.',
  }),
  'alerts.too_many_tests': entry<{ channel: string; most: number; retryAfterMs: number }>({
    status: 429,
    message: ({ channel, most }) => `${channel} has had ${most} test messages within an hour.`,
    hint: ({ retryAfterMs }) => `Wait ${Math.ceil(retryAfterMs / 60_000)} minutes.`,
  }),

  'guards.name_taken': entry<{ name: string }>({
    status: 409,
    message: ({ name }) => `There is a guard ${name} already.`,
    hint: 'Choose another name, or change the one there is.',
  }),

  'prices.large_change': entry<{ models: string[] }>({
    status: 422,
    exitCode: 2,
    message: ({ models }) =>
      `The price of ${models.slice(0, 5).join(', ')}${models.length > 5 ? ` and ${models.length - 5} more` : ''} would change more than tenfold.`,
    hint: 'Look at the difference with `--dry-run`, and allow it with `--allow-large-changes` when it is meant.',
  }),

  'vault.key_missing': entry<{ provider: string; stored?: number }>({
    status: 401,
    message: ({ provider, stored }) =>
      stored
        ? `None of the ${stored} credentials for ${provider} is its default.`
        : `No credential is stored for ${provider}.`,
    hint: ({ provider, stored }) =>
      stored ? 'Choose one with `assay keys default <id>`.' : `Add one with \`assay keys add ${provider}\`.`,
  }),
  'vault.duplicate': entry<{ provider: string; id: string }>({
    status: 409,
    message: ({ provider, id }) => `This credential for ${provider} exists as ${id}.`,
    hint: 'Use that one, or remove it first with `assay keys remove`.',
  }),
  'vault.inactive': entry<{ id: string; state: 'removed' | 'inactive' | 'invalid' | 'expired' }>({
    status: 409,
    message: ({ id, state }) => `The credential ${id} is ${state}.`,
    hint: ({ id, state }) => waysOutOf(id)[state],
  }),
  'vault.other_provider': entry<{ id: string; provider: string; wanted: string }>({
    status: 409,
    message: ({ id, provider, wanted }) => `The credential ${id} is for ${provider}, not for ${wanted}.`,
    hint: 'Name a credential of the provider that answers, or a model of the provider it is for.',
  }),
  'vault.secret_required': entry<{ fields: string[] }>({
    status: 422,
    message: ({ fields }) => `A changed ${fields.join(' and ')} needs the secret in the same call.`,
    hint: 'Send `secret` too: it is sealed for one provider and address, and does not follow to another.',
  }),
  'vault.check_failed': entry<{ provider: string; code: CheckFault; reason: string }>({
    status: 422,
    message: ({ provider, code, reason }) => `${provider} does not accept the key (${code}): ${reason}`,
    hint: ({ code }) => checkAdvice[code],
  }),
  'vault.changed_meanwhile': entry<{ id: string }>({
    status: 409,
    message: ({ id }) => `The secret of the credential ${id} was replaced by somebody else meanwhile.`,
    hint: 'Look at it again, and send the change once more if it is still wanted.',
  }),
  'vault.unreadable': entry<{ id: string }>({
    status: 500,
    message: ({ id }) => `The credential ${id} does not open with this master key in this place.`,
    hint: 'Start with the master key it was stored under, or add the credential again.',
  }),
  'vault.master_key_missing': entry<{ path: string }>({
    status: 500,
    exitCode: 2,
    message: ({ path }) => `Credentials are stored, but there is no master key at ${path}.`,
    hint: 'Put the master key back, or set ASSAY_MASTER_KEY or ASSAY_MASTER_KEY_FILE.',
  }),
  'vault.master_key_wrong': entry<{ source: string }>({
    status: 500,
    exitCode: 2,
    message: ({ source }) => `The master key from ${source} is not the one this data was stored under.`,
    hint: 'Start with the master key that belongs to this data.',
  }),
  'vault.master_key_unreachable': entry<{ source: string; reason: string }>({
    status: 503,
    exitCode: 2,
    message: ({ source, reason }) => `The master key from ${source} cannot be used: ${reason}.`,
    hint: 'docs/vault.md says what the command of ASSAY_MASTER_KEY_COMMAND is given and must answer.',
  }),
  'vault.master_key_fixed': entry<{ source: string }>({
    status: 409,
    exitCode: 2,
    message: ({ source }) => `The master key comes from ${source}, which this process cannot change.`,
    hint: ({ source }) =>
      `Put a new key before the old one in ${source}, separated by a comma or a line, start again, and repeat this.`,
  }),
  'vault.master_key_needed': entry<{ keyId: string; dataKeys: number }>({
    status: 409,
    exitCode: 2,
    message: ({ keyId, dataKeys }) =>
      dataKeys > 0
        ? `The master key ${keyId} still opens ${dataKeys} data keys.`
        : `The master key ${keyId} is the current one.`,
    hint: 'Run `assay keys rotate-master` first; `assay keys status` counts what each key opens.',
  }),
  'vault.master_key_unsafe': entry<{ path: string; mode: string }>({
    status: 500,
    exitCode: 2,
    message: ({ path, mode }) => `The master key file ${path} has mode ${mode}, so others can read it.`,
    hint: ({ path }) => `Run \`chmod 600 ${path}\`.`,
  }),

  'egress.denied': entry<{ host: string; reason: string }>({
    status: 400,
    message: ({ host, reason }) => `Calls to ${host} are not allowed: ${reason}.`,
    hint: 'The operator may allow it with ASSAY_EGRESS_ALLOW=host:port or a CIDR.',
  }),
  'egress.bad_url': entry<{ url: string; reason: string }>({
    status: 400,
    message: ({ url, reason }) => `The address ${url} cannot be called: ${reason}.`,
    hint: 'Use an http or https address without user name or password.',
  }),

  'routing.no_candidate': entry<{ rejected: { provider: string; model: string; why: string }[] }>({
    status: 503,
    message: ({ rejected }) =>
      `No model can take this request: ${rejected.map(({ provider, model, why }) => `${provider}/${model} ${why}`).join(', ') || 'none is configured'}.`,
    hint: 'Add a credential with `assay keys add`, or name a model.',
  }),

  'config.invalid': entry<{ issues: Issue[] }>({
    status: 500,
    exitCode: 2,
    message: ({ issues }) =>
      `The configuration is not valid: ${issues.map(({ path, message }) => `${path}: ${message}`).join('; ')}.`,
    hint: 'Correct the named variables; docs/configuration.md says what each takes.',
  }),
  'usage.invalid': entry<{ reason: string; example?: string }>({
    status: 400,
    exitCode: 2,
    message: ({ reason }) => reason,
    hint: ({ example }) => (example ? `For example: ${example}` : 'See --help.'),
  }),
  'demo.not_as_told': entry<{ step: string; expected: string; found: string }>({
    status: 500,
    exitCode: 1,
    message: ({ step, expected, found }) => `The step “${step}” should have shown ${expected}, but it read ${found}.`,
    hint: 'Nothing was made up for it. Please report this with the output of `assay doctor`.',
  }),
  'client.unreachable': entry<{ url: string; reason: string }>({
    status: 502,
    message: ({ url, reason }) => `No Assay server answers at ${url}: ${reason}.`,
    hint: 'Start one with `assay serve`, or correct ASSAY_URL.',
  }),
  'client.timeout': entry<{ url: string; timeoutMs: number }>({
    status: 504,
    message: ({ url, timeoutMs }) => `The Assay server at ${url} did not answer within ${timeoutMs} ms.`,
    hint: 'Try again; `/readyz` of the server says what it waits for.',
  }),
  'client.bad_answer': entry<{ url: string; status: number }>({
    status: 502,
    message: ({ url, status }) => `What answers at ${url} with status ${status} is not an Assay server.`,
    hint: 'Check the address, and what stands between here and the server.',
  }),
  'server.address_in_use': entry<{ host: string; port: number }>({
    status: 500,
    exitCode: 2,
    message: ({ host, port }) => `Port ${port} on ${host} is taken.`,
    hint: 'Set ASSAY_PORT to a free one, or to 0 for any.',
  }),

  'store.locked': entry<{ path: string; owner: string }>({
    status: 503,
    exitCode: 2,
    message: ({ path, owner }) => `The data in ${path} belong to ${owner}.`,
    hint: 'Stop that process, or point ASSAY_DATA at another directory.',
  }),
  'store.no_fsync': entry({
    status: 500,
    exitCode: 1,
    message: 'A commit did not reach the disk: the sync hook of the embedded engine did not run.',
    hint: 'Install the exact engine version of the lockfile, or set DATABASE_URL.',
  }),
  'store.directory_unusable': entry<{ path: string; reason: string }>({
    status: 500,
    exitCode: 2,
    message: ({ path, reason }) => `The directory ${path} cannot be made: ${reason}.`,
    hint: 'Point ASSAY_DATA at a directory that this user may write to.',
  }),
  'store.network_filesystem': entry<{ path: string; type: string }>({
    status: 500,
    exitCode: 2,
    message: ({ path, type }) =>
      `${path} is on a network file system (${type}), where the embedded engine is not safe.`,
    hint: 'Put ASSAY_DATA on a local disk, or set DATABASE_URL.',
  }),
  'store.unreachable': entry<{ reason: string }>({
    status: 503,
    message: ({ reason }) => `The database cannot be reached: ${reason}.`,
    hint: 'Check DATABASE_URL and that the database server runs.',
  }),
  'store.unsupported_version': entry<{ found: string; needed: string }>({
    status: 500,
    exitCode: 2,
    message: ({ found, needed }) => `The database is PostgreSQL ${found}; ${needed} or newer is needed.`,
    hint: 'Use a newer server, or leave DATABASE_URL unset for the embedded engine.',
  }),
  'store.schema_mismatch': entry<{ pending: string[]; unknown: string[] }>({
    status: 500,
    exitCode: 2,
    message: ({ pending, unknown }) =>
      unknown.length > 0
        ? `The database holds migrations this version does not know: ${unknown.join(', ')}.`
        : `The database lacks the migrations ${pending.join(', ')}.`,
    hint: ({ unknown }) => (unknown.length > 0 ? 'Start the newer version.' : 'Run `assay db migrate`.'),
  }),
  'store.role_missing': entry<{ statements: string[] }>({
    status: 500,
    exitCode: 2,
    message: 'The database login may not create the roles that wall tenants off.',
    hint: ({ statements }) => `Let an administrator run: ${statements.join(' ')}`,
  }),
  'store.role_unsafe': entry<{ roles: string[] }>({
    status: 500,
    exitCode: 2,
    message: ({ roles }) =>
      `Row-level security does not bind ${roles.join(' and ')}, so tenants would not be walled off.`,
    hint: ({ roles }) =>
      `Let an administrator run: ${roles.map((role) => `alter role ${role} nosuperuser nobypassrls;`).join(' ')}`,
  }),
  'store.data_loss': entry<{ losses: string[] }>({
    status: 409,
    exitCode: 2,
    message: ({ losses }) => `Rolling back would lose data: ${losses.join(', ')}.`,
    hint: 'Add --accept-loss when that is wanted.',
  }),
  'store.disk_full': entry<{ path: string }>({
    status: 507,
    exitCode: 5,
    message: ({ path }) => `The disk under ${path} is full.`,
    hint: 'Free space; nothing acknowledged was lost.',
  }),

  'suite.invalid': entry<{ file: string; issues: (Issue & { line?: number; column?: number })[] }>({
    status: 422,
    exitCode: 2,
    message: ({ file, issues }) =>
      issues
        .map(({ path, message, line, column }) =>
          [`${file}${line ? `:${line}:${column}` : ''}`, path, message].filter(Boolean).join(': '),
        )
        .join('\n'),
    hint: 'Correct the named places; `assay test --validate` checks without calling a model.',
  }),
  'suite.not_found': entry<{ path: string }>({
    status: 404,
    exitCode: 2,
    message: ({ path }) => `There is no suite at ${path}.`,
    hint: 'Name a suite file, or write one with `assay init`.',
  }),
  'suite.empty': entry<{ file: string; reason: string }>({
    status: 422,
    exitCode: 2,
    message: ({ file, reason }) => `${file} has nothing to run: ${reason}.`,
    hint: 'Add cases under `tests:`, or loosen the filter.',
  }),

  'bench.no_provider': entry<{ skipped: number }>({
    status: 401,
    exitCode: 2,
    message: () => 'There is no provider to compare: none has a key.',
    hint: 'Add one with `assay keys add <provider>` and name the server with ASSAY_URL and ASSAY_API_KEY, set the variable above, or try it without any: assay bench --providers sim',
  }),
  'suite.key_missing': entry<{ model: string; variable: string }>({
    status: 401,
    exitCode: 2,
    message: ({ model, variable }) => `${variable} is required to run ${model}.`,
    hint: ({ model, variable }) =>
      [
        'There are four ways out:',
        `  1. Your own key:            export ${variable}=…`,
        '  2. Through the gateway:     assay keys add <provider>, assay serve, then',
        '                              export OPENAI_BASE_URL=http://127.0.0.1:8378/v1 OPENAI_API_KEY=as_live_…',
        `  3. A LiteLLM proxy:         pip install 'litellm[proxy]', litellm --model ${model},`,
        '                              export LITELLM_PROXY_URL=http://localhost:4000; any other compatible server:',
        '                              export OPENAI_BASE_URL=http://localhost:11434/v1, -m compatible/<name>',
        '  4. Without any key:         assay test -m sim/echo',
      ].join('\n'),
  }),
  'suite.exists': entry<{ path: string }>({
    status: 409,
    exitCode: 2,
    message: ({ path }) => `${path} exists and is not overwritten.`,
    hint: 'Name another file: `assay init other.yaml`.',
  }),
  'suite.missing_variable': entry<{ case: string; variable: string; known: string[] }>({
    status: 422,
    exitCode: 2,
    message: ({ case: title, variable }) => `Case "${title}" has no variable ${variable}.`,
    hint: ({ known }) =>
      `Add it under \`vars:\`, or write {{ name | default("") }}. ${known.length > 0 ? `There are: ${known.join(', ')}.` : 'There are none.'}`,
  }),
  'suite.transform_failed': entry<{ reason: string }>({
    status: 422,
    exitCode: 2,
    message: ({ reason }) => `The transform of the answer failed: ${reason}`,
    hint: 'A transform is JavaScript that makes of `output` what is checked, such as `JSON.parse(output).answer`.',
  }),
  'suite.run_unknown': entry<{ runId: string; known: string[] }>({
    status: 404,
    exitCode: 2,
    message: ({ runId }) => `There is no journal of a run ${runId}.`,
    hint: ({ known }) =>
      known.length > 0
        ? `There are: ${known.slice(-5).join(', ')}.`
        : 'Runs are kept under .assay/runs of the folder they were started in.',
  }),
  'suite.other_run': entry<{ runId: string; differs: string[] }>({
    status: 409,
    exitCode: 2,
    message: ({ runId, differs }) => `Run ${runId} was another one: ${differs.join(', ')} changed since.`,
    hint: 'Give it the suite, the models and the options that it was begun with, or run it anew without --resume.',
  }),
  'suite.baseline_unknown': entry<{ name: string; baselines: string[]; runs: string[] }>({
    status: 404,
    exitCode: 2,
    message: ({ name }) => `There is no baseline and no run called ${name}.`,
    hint: ({ baselines, runs }) =>
      baselines.length + runs.length > 0
        ? `There are: ${[...baselines, ...runs].join(', ')}.`
        : 'Keep one with `assay test --save-baseline main`.',
  }),
  'suite.baseline_broken': entry<{ path: string; line: number }>({
    status: 422,
    exitCode: 2,
    message: ({ path, line }) => `${path}:${line} is no line of a baseline.`,
    hint: 'Take the file from where it was whole, or write it anew with --save-baseline.',
  }),
  'suite.name_taken': entry<{ name: string }>({
    status: 409,
    message: ({ name }) => `There is a suite called ${name} already.`,
    hint: 'Replace that one with `PUT /api/v1/suites/{id}` or `assay suites push`, or choose another name.',
  }),

  'runs.ended': entry<{ id: string; status: string }>({
    status: 409,
    message: ({ id, status }) => `Run ${id} is ${status} already.`,
    hint: 'What has ended stays as it is; start another run.',
  }),
  'runs.not_uploaded': entry<{ id: string }>({
    status: 409,
    message: ({ id }) => `Run ${id} is run by this server, which writes its results itself.`,
    hint: 'Begin an upload with `POST /api/v1/runs/uploads` and send the results to that run.',
  }),
  'runs.too_large': entry<{ planned: number; limit: number }>({
    status: 422,
    message: ({ planned, limit }) =>
      `The run would have ${planned} results, more than the ${limit} that one may have here.`,
    hint: 'Name fewer models or repeats, filter the cases, or run it with `assay test --upload`.',
  }),
  'suite.bad_template': entry<{ case: string; expression: string; reason: string }>({
    status: 422,
    exitCode: 2,
    message: ({ case: title, expression, reason }) => `Case "${title}": {{${expression}}} ${reason}.`,
    hint: 'Templates are {{ name.field | filter }}; docs/suites.md lists the filters.',
  }),

  'suite.endpoint_body': entry<{ case: string; body: string }>({
    status: 422,
    exitCode: 2,
    message: ({ case: title, body }) => `The body for case ${title} is no JSON: ${body}`,
    hint: 'Write the body as an object, or declare another content-type.',
  }),
  'suite.endpoint_failed': entry<{
    method: string
    url: string
    reason: string
    providerStatus?: number
    retryAfterMs?: number
    isUnreachable?: boolean
  }>({
    status: 502,
    message: ({ method, url, reason }) => `${method} ${url} gave no answer: ${reason}.`,
    hint: 'Check the address, its headers and its body; `validateStatus: "true"` takes any status for an answer.',
  }),
  'suite.endpoint_answer': entry<{ url: string; path: string; reason: string }>({
    status: 502,
    message: ({ url, path, reason }) => `The answer of ${url} has nothing at ${path}: ${reason}.`,
    hint: 'Correct `transformResponse`; without it the whole answer is taken.',
  }),
  'suite.script_failed': entry<{ script: string; reason: string }>({
    status: 422,
    exitCode: 2,
    message: ({ script, reason }) => `${script} failed: ${reason}.`,
    hint: 'It runs in a sandbox without network, files and Node, for at most a second.',
  }),
  'suite.replay_missing': entry<{ folder: string; kind: string; nearest: string | null; differs: string }>({
    status: 422,
    exitCode: 2,
    message: ({ folder, kind, nearest, differs }) =>
      nearest
        ? `No recorded ${kind} request in ${folder} is this one. The nearest is ${nearest}: ${differs}.`
        : `No ${kind} request is recorded in ${folder}.`,
    hint: ({ folder }) => `Record it anew with --record ${folder}.`,
  }),
  'suite.replay_broken': entry<{ path: string; reason: string }>({
    status: 422,
    exitCode: 2,
    message: ({ path, reason }) => `The recording ${path} cannot be read: ${reason}.`,
    hint: 'Take the file away and record it anew with --record.',
  }),
  'suite.mesh_missing': entry<{ model: string }>({
    status: 422,
    exitCode: 2,
    message: ({ model }) => `${model} is a model of a mesh of machines, and this version has no mesh to ask.`,
    hint: 'Ask the machine that serves it by its address: OPENAI_BASE_URL=http://… and -m compatible/NAME.',
  }),
  'suite.needs_agent': entry<{ what: string }>({
    status: 422,
    exitCode: 2,
    message: ({ what }) => `The suite has ${what}, which only an agent has a use for, and none runs here.`,
    hint: 'Run it with `assay test` on your machine, with plugins under `mcp:`, with -p, or with -f agent.',
  }),
  'suite.plugin_unknown': entry<{ name: string; known: string[]; suggestions: string[] }>({
    status: 422,
    exitCode: 2,
    message: ({ name }) => `There is no plugin ${name}.`,
    hint: ({ known, suggestions }) =>
      `${suggestions.length > 0 ? `Did you mean ${suggestions.join(', ')}? ` : ''}There are ${known.join(', ')}, those of \`mcp:\` in the suite, and your own: -p "name=command args" or -p name=https://….`,
  }),
  'suite.plugin_variable': entry<{ plugin: string; variables: string[] }>({
    status: 422,
    exitCode: 2,
    message: ({ plugin, variables }) => `The plugin ${plugin} needs ${variables.join(' and ')}, which is not set.`,
    hint: ({ variables }) =>
      `Set it first: export ${variables.map((name) => `${name}=…`).join(' ')}, or use --env-file.`,
  }),
  'suite.plugin_command': entry<{ plugin: string; command: string; isPath: boolean }>({
    status: 422,
    exitCode: 2,
    message: ({ plugin, command, isPath }) =>
      `The plugin ${plugin} cannot be started: there is no program ${command}${isPath ? '' : ' in PATH'}.`,
    hint: 'Install the program, or correct the command under `mcp:` or after -p.',
  }),
  'suite.plugin_unconfirmed': entry<{ plugins: { name: string; runs: string }[]; file: string }>({
    status: 403,
    exitCode: 2,
    message: ({ plugins }) =>
      [
        'These plugins were never confirmed on this machine:',
        ...plugins.map(({ name, runs }) => `  ${name}: ${runs}`),
      ].join('\n'),
    hint: ({ file }) =>
      `Confirm them at a terminal, add --yes for this run, or write the command under mcp.allow in ${file}.`,
  }),
  'suite.plugin_failed': entry<{ plugin: string; reason: string }>({
    status: 502,
    exitCode: 100,
    message: ({ plugin, reason }) => `The plugin ${plugin} ${reason}.`,
    hint: 'Run its command by hand: it must speak MCP on standard input and output and nothing else.',
  }),
  'suite.plugin_unready': entry<{ plugin: string; reason: string }>({
    status: 502,
    exitCode: 2,
    message: ({ plugin, reason }) => `The plugin ${plugin} ${reason}. It never did, so the run ends here.`,
    hint: 'Run its command by hand: it must speak MCP on standard input and output and nothing else.',
  }),
  'suite.workspace_bad': entry<{ path: string; reason: string }>({
    status: 422,
    exitCode: 2,
    message: ({ path, reason }) => `The workspace ${path} cannot be copied: ${reason}.`,
    hint: "Name a folder within the suite's own, with what the agent of a case works on.",
  }),
  'suite.claude_agent_missing': entry<{ command: string }>({
    status: 422,
    exitCode: 2,
    message: () => 'The Claude Agent SDK is not installed.',
    hint: ({ command }) => `Install it with \`${command}\`, or leave -f claude-agent out.`,
  }),
  'user.config_invalid': entry<{ path: string; reason: string }>({
    status: 422,
    exitCode: 2,
    message: ({ path, reason }) => `${path} cannot be read: ${reason}.`,
    hint: 'It holds `mcp: {allow: [commands]}`; correct it or take it away.',
  }),

  'assertion.unknown_type': entry<{ type: string; suggestions: string[] }>({
    status: 422,
    exitCode: 2,
    message: ({ type }) => `Unknown assertion type: ${type}.`,
    hint: ({ suggestions }) =>
      suggestions.length > 0 ? `Did you mean ${suggestions.join(', ')}?` : 'docs/assertions.md lists the types.',
  }),
  'assertion.bad_value': entry<{ type: string; reason: string }>({
    status: 422,
    exitCode: 2,
    message: ({ type, reason }) => `${type}: ${reason}`,
    hint: 'docs/assertions.md shows what each type takes.',
  }),
  'assertion.missing_context': entry<{ type: string; needs: string }>({
    status: 422,
    exitCode: 2,
    message: ({ type, needs }) => `${type} needs ${needs}.`,
    hint: 'Give it in the context of the line.',
  }),
  'assertion.needs_model': entry<{ type: string }>({
    status: 422,
    exitCode: 2,
    message: ({ type }) => `${type} asks a model and cannot be decided from the text alone.`,
    hint: 'Name a model with --provider, or use a type that decides from the answer itself; docs/assertions.md lists them.',
  }),
  'assertion.judge_unavailable': entry<{ model: string; reason: string }>({
    status: 502,
    exitCode: 5,
    message: ({ model, reason }) => `The judge ${model} could not be asked: ${reason}.`,
    hint: 'Give the assertion a `provider` whose key is set, or name one with --judge.',
  }),
  'assertion.judge_unreadable': entry<{ model: string; reason: string }>({
    status: 502,
    exitCode: 5,
    message: ({ model, reason }) => `The verdict of ${model} could not be read: ${reason}.`,
    hint: 'Judge with a model that answers in JSON, or ask for that in `rubricPrompt`.',
  }),
  'assertion.needs_package': entry<{ type: string; name: string }>({
    status: 422,
    exitCode: 2,
    message: ({ type, name }) => `${type} needs the package ${name}, which is not installed.`,
    hint: ({ name }) => `Install it where Assay runs: \`npm install ${name}\`.`,
  }),
  'assertion.timeout': entry<{ type: string; timeoutMs: number; limit?: string }>({
    status: 422,
    exitCode: 2,
    message: ({ type, timeoutMs, limit }) =>
      limit ? `${type} used more than ${limit}.` : `${type} did not end within ${timeoutMs} ms.`,
    hint: 'Simplify the pattern, schema or script.',
  }),
  'assertion.bad_json': entry<{ line: number; reason: string }>({
    status: 400,
    exitCode: 2,
    message: ({ line, reason }) => `Line ${line} is not a probe: ${reason}.`,
    hint: 'Each line is {"assertion":{…},"output":…}.',
  }),

  'monitor.merge_with_itself': entry<{ id: string }>({
    status: 409,
    message: ({ id }) => `Failure group ${id} cannot be merged into itself.`,
    hint: 'Name another group to merge it into.',
  }),
  'monitor.merged_away': entry<{ id: string; into: string }>({
    status: 409,
    message: ({ id, into }) => `Failure group ${id} is counted as part of group ${into}.`,
    hint: ({ into }) => `Use group ${into}, or undo the merge first.`,
  }),
  'monitor.nothing_stays': entry<{ id: string }>({
    status: 409,
    message: ({ id }) => `That is all there is in failure group ${id}: nothing would stay in it.`,
    hint: 'Name only a part of its fingerprints or failures, or merge the whole group into another.',
  }),
  'monitor.already_undone': entry<{ id: string; at: string }>({
    status: 409,
    message: ({ id, at }) => `Change ${id} was undone at ${at} already.`,
    hint: 'Merge or split again to bring it back.',
  }),
  'monitor.undo_blocked': entry<{ id: string; by: string }>({
    status: 409,
    message: ({ id, by }) => `Change ${id} cannot be undone: the later change ${by} builds on it.`,
    hint: ({ by }) => `Undo ${by} first.`,
  }),
  'monitor.rule_name_taken': entry<{ name: string }>({
    status: 409,
    message: ({ name }) => `A fingerprint rule is called ${name} already.`,
    hint: 'Choose another name, or change the rule that has it.',
  }),
  'schedules.name_taken': entry<{ name: string }>({
    status: 409,
    message: ({ name }) => `There is a schedule ${name} already.`,
    hint: 'Choose another name, or change the one there is with `assay schedules change`.',
  }),
  'schedules.default_stays': entry<{ name: string }>({
    status: 409,
    message: ({ name }) => `The schedule ${name} is the one that every workspace has; it cannot be removed.`,
    hint: 'Let it rest with `assay schedules pause`, or change it with `assay schedules change`.',
  }),
  'schedules.busy': entry<{ name: string; runId: string }>({
    status: 409,
    message: ({ name, runId }) => `The schedule ${name} is running already: run ${runId} has not ended.`,
    hint: ({ runId }) => `Follow it with \`assay runs show ${runId}\`, or cancel it first.`,
  }),
  'schedules.budget_used': entry<{ name: string; spentNanoUsd: number; limitNanoUsd: number }>({
    status: 409,
    message: ({ name, spentNanoUsd, limitNanoUsd }) =>
      `The schedule ${name} has spent ${formatUsd(spentNanoUsd)} of the ${formatUsd(limitNanoUsd)} it may spend today (UTC).`,
    hint: 'Give it more with `assay schedules change --budget`, or run its tests with `assay tests run`.',
  }),
  'monitor.group_muted': entry<{ id: string }>({
    status: 409,
    message: ({ id }) => `The failure group ${id} is muted.`,
    hint: 'Open it first with `assay failures resolve --reopen`.',
  }),
  'experiment.name_taken': entry<{ name: string }>({
    status: 409,
    message: ({ name }) => `There is an experiment named ${name} already.`,
    hint: 'Give it another name, or remove that one.',
  }),
  'experiment.model_taken': entry<{ model: string; name: string }>({
    status: 409,
    message: ({ model, name }) => `Requests for ${model} take part in the experiment ${name} already.`,
    hint: ({ name }) => `Stop that one first: \`assay tests ab stop "${name}"\`.`,
  }),
  'experiment.ended': entry<{ name: string; state: string }>({
    status: 409,
    message: ({ name, state }) => `The experiment ${name} has ended: it is ${state}.`,
    hint: '`assay tests ab show` tells what it found.',
  }),
  'suggestion.decided': entry<{ id: string; state: string }>({
    status: 409,
    message: ({ id, state }) => `The suggestion ${id} is ${state}.`,
    hint: '`assay tests suggest` lists those that are open.',
  }),
  'suggestion.unproven': entry<{ red: string; green: string }>({
    status: 409,
    message: ({ red, green }) =>
      `With this change the test is not seen red and then green. Red: ${red} Green: ${green}`,
    hint: 'Mend the product first, change the test by hand, or dismiss the suggestion.',
  }),
  'suggestion.too_dear': entry<{ model: string; cost: string; maxCost: string }>({
    status: 409,
    message: ({ model, cost, maxCost }) => `To ask ${model} may cost up to ${cost}, more than the ${maxCost} it may.`,
    hint: 'Allow more with --max-cost, or name a cheaper model.',
  }),
  'suggestion.unreadable': entry<{ model: string; reason: string }>({
    status: 502,
    exitCode: 5,
    message: ({ model, reason }) => `The proposal of ${model} could not be read: ${reason}.`,
    hint: 'Ask again, or name another model.',
  }),
  'suggestion.needs_model': entry<{ provider: string }>({
    status: 409,
    message: 'No model can propose anything: no credential is stored.',
    hint: 'Store one with `assay keys add`, or name a model. Rules need none.',
  }),
  'monitor.test_name_taken': entry<{ name: string; id: string }>({
    status: 409,
    message: ({ name }) => `A regression test is called ${name} already.`,
    hint: ({ id }) => `Take another name, or change that one: \`assay tests show ${id}\`.`,
  }),
  'monitor.test_exists': entry<{ name: string; id: string }>({
    status: 409,
    message: ({ name }) => `The regression test ${name} asks and expects the same.`,
    hint: ({ id }) => `Look at it with \`assay tests show ${id}\`.`,
  }),
  'monitor.test_impossible': entry<{ id: string; reason: string }>({
    status: 409,
    message: ({ id, reason }) => `No test can be made of the failure group ${id}: ${reason}.`,
    hint: 'Write one by hand with `assay tests create`.',
  }),
  'monitor.test_state': entry<{ name: string; state: string; wanted: string }>({
    status: 409,
    message: ({ name, state, wanted }) => `The regression test ${name} is ${state}, so it cannot be ${wanted}.`,
    hint: '`assay tests show` tells its state and why; `assay tests verify` shows red and green.',
  }),
  'monitor.nothing_to_run': entry<{ selection: string }>({
    status: 404,
    message: ({ selection }) => `No regression test matches ${selection}.`,
    hint: '`assay tests list` shows what there is.',
  }),
} satisfies Record<string, ErrorEntry<never>>

/** A limit of a key in words; in a list of all errors, where no limit is at hand, its name. */
const wordsOf = (limit: keyof typeof limitWords): string =>
  Object.hasOwn(limitWords, limit) ? limitWords[limit] : limit

function waysOutOf(id: string): Record<'removed' | 'inactive' | 'invalid' | 'expired', string> {
  return {
    removed: 'Add another with `assay keys add`.',
    inactive: `Switch it on with \`assay keys update ${id} --status active\`.`,
    invalid: `The provider refused it; check it with \`assay keys check ${id}\`, or replace its secret with \`assay keys rotate ${id}\`.`,
    expired: `Move its end with \`assay keys update ${id} --expires 90d\`, or replace its secret with \`assay keys rotate ${id}\`.`,
  }
}

const checkAdvice: Record<CheckFault, string> = {
  unauthorized: 'Check that the key was copied whole and belongs to this provider.',
  forbidden: 'Give the key the right to list models and to answer, at the provider.',
  quota: 'Add credit or raise the limit at the provider, then try again.',
  unreachable: 'Check the base URL and that the server runs; private addresses need ASSAY_EGRESS_ALLOW.',
  bad_url: 'Check the base URL: it is the address before /chat/completions, often ending in /v1.',
  unexpected: 'Try again; without `check` it is stored all the same.',
}

/** The code of one error of the catalogue. */
export type ErrorCode = keyof typeof catalogue

/** What the given error must be told to word its message. */
export type ErrorDetails<Code extends ErrorCode> = [DetailsOf<Code>] extends [never]
  ? Record<string, never>
  : DetailsOf<Code>
type DetailsOf<Code extends ErrorCode> = Parameters<(typeof catalogue)[Code]['message']>[0]

/** An error with a code of the catalogue; anything else that is thrown is a bug or somebody else's. */
export class AssayError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'AssayError'
  readonly code: Code
  readonly details: ErrorDetails<Code>

  constructor(code: Code, details: ErrorDetails<Code>, options?: { cause?: unknown }) {
    super((catalogue[code] as ErrorEntry<ErrorDetails<Code>>).message(details), options)
    this.code = code
    this.details = details
  }

  get status(): number {
    return catalogue[this.code].status
  }

  get exitCode(): number {
    return catalogue[this.code].exitCode
  }

  get hint(): string {
    return (catalogue[this.code] as ErrorEntry<ErrorDetails<Code>>).hint(this.details)
  }
}

/** True for an error of the catalogue, of any code or of the given one. */
export const isAssayError = <Code extends ErrorCode>(error: unknown, code?: Code): error is AssayError<Code> =>
  error instanceof AssayError && (code === undefined || error.code === code)
