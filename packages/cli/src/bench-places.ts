import type { BenchPlace, LocalModels } from '@assay/runner'
import { z } from 'zod'
import type { Terminal } from './terminal/terminal.ts'

const ANSWERS_WITHIN_MS = 5_000

/** What is read of `GET /v1/providers`. */
const Providers = z.object({ providers: z.array(z.object({ name: z.string(), configured: z.boolean() })) })

type Wanted = { providers?: string[]; models?: string[]; all?: boolean }

/** What can be compared from here, and what cannot for want of a key. */
export type Reach = {
  places: BenchPlace[]
  skipped: { provider: string; hint: string }[]
  local: LocalModels
  /** Addresses that calls may go to although they are private. */
  allow: string[]
}

/** The models to ask: by a key of the environment, else through the gateway of `ASSAY_URL` when that has one. */
export const benchPlaces = async ({ environment, now }: Terminal, wanted: Wanted): Promise<Reach> => {
  const [core, { localModels, readModelName }] = await Promise.all([import('@assay/core'), import('@assay/runner')])
  const today = core.timestamp(now()).slice(0, 10)
  const rows = core.pricesOn(today)
  const own = localModels(environment)
  const gateway = await gatewayOf(environment)
  const providers = (wanted.providers ?? core.benchProviders).map(core.canonicalProvider)
  const named =
    wanted.models?.map(readModelName) ??
    providers.flatMap((provider) => {
      const current = core.currentModels(provider, rows, today)
      if (current.length === 0) throw unknownProvider(core, provider, rows)
      return (wanted.all ? current : current.slice(0, 1)).map(({ model }) => ({ provider, model }))
    })

  const resolve: LocalModels['resolve'] = async (name) => {
    try {
      return await own.resolve(name)
    } catch (error) {
      const { provider } = readModelName(name)
      if (!gateway?.providers.has(provider) || !core.isAssayError(error, 'suite.key_missing')) throw error
      // Equal prompts are asked again on purpose: no answer comes out of a cache.
      const { baseUrl, secret } = gateway
      return { providerName: 'compatible', model: name, baseUrl, secret, headers: { 'x-assay-cache': 'off' } }
    }
  }
  const places: BenchPlace[] = []
  const skipped = new Map<string, string>()
  for (const { provider, model } of named) {
    try {
      await resolve(`${provider}/${model}`)
      places.push({ provider, model, price: core.priceOf(provider, model, rows) ?? null })
    } catch (error) {
      if (!core.isAssayError(error, 'suite.key_missing')) throw error
      const { variable } = error.details as { variable: string }
      skipped.set(provider, `assay keys add ${provider}, or ${variable}`)
    }
  }
  return {
    places,
    skipped: [...skipped].map(([provider, hint]) => ({ provider, hint })),
    local: { ...own, resolve },
    allow: gateway ? [gateway.host] : [],
  }
}

/** The gateway that the environment names with a key, and the providers it has a credential for. */
const gatewayOf = async (environment: Terminal['environment']) => {
  const [{ readConfig, silentLog }, { createEgress }] = await Promise.all([
    import('@assay/core'),
    import('@assay/providers'),
  ])
  const { ASSAY_URL: url, ASSAY_API_KEY: secret } = readConfig(environment)
  if (!url || !secret) return null
  const { hostname, port, protocol } = new URL(url)
  const host = `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
  await using egress = createEgress({ allow: [host], log: silentLog })
  const call = {
    method: 'GET' as const,
    url: `${url}/v1/providers`,
    headers: { authorization: `Bearer ${secret.open()}` },
  }
  const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS)
  const answer = await egress.send({ ...call, signal }).catch(() => null)
  if (answer?.status !== 200) return null
  const { providers } = Providers.parse(JSON.parse(await answer.text()))
  return {
    baseUrl: `${url}/v1`,
    secret,
    host,
    providers: new Set(providers.filter(({ configured }) => configured).map(({ name }) => name)),
  }
}

const unknownProvider = (
  { AssayError, nearestNames }: typeof import('@assay/core'),
  provider: string,
  rows: readonly { provider: string }[],
) => {
  const known = [...new Set(rows.map((row) => row.provider))]
  const near = nearestNames(provider, known, 1)[0]
  const hint = near ? ` Did you mean ${near}?` : ''
  return new AssayError('usage.invalid', {
    reason: `No current chat model of ${provider} is in the price table.${hint}`,
    example: `assay bench --providers ${known.slice(0, 3).join(',')}`,
  })
}
