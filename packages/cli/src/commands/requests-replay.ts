import type { Command } from 'commander'
import { AssayError, costOf, priceOf, type Price, type RequestDetail } from '@assay/core'
import type { Client } from '@assay/client'
import { apiAction, withExample } from '../action.ts'
import { resolveId } from '../ids.ts'
import type { Terminal } from '../terminal/terminal.ts'

const LONGEST_MS = 150_000

type Options = { model?: string; yes?: boolean }

/** `assay requests replay`: the same question once more. */
export const replayCommand = (requests: Command, terminal: Terminal): void => {
  withExample(
    requests
      .command('replay')
      .argument('<id>', 'Id, or the beginning or end of one of the newest 200.')
      .description(
        'Ask again what a request asked and show both answers side by side. Without --yes nothing is called: it says what would be, and about what it costs.',
      )
      .option('--model <model>', 'Ask this model instead, as provider/model or auto.')
      .option('--yes', 'Call the model.'),
    'assay requests replay 0199c3f2 --model openai/gpt-5.4 --yes',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, { model, yes = false }: Options) => {
      const { client } = await connect()
      const { replayText, planText } = await import('../print/replay.ts')
      const id = await resolveId('request', written, () => client.listRequests({ query: { limit: 200 } }))
      if (!yes) {
        const plan = await planReplay(client, await client.getRequest({ params: { id } }), model)
        out.show({ dryRun: true, ...plan }, () => planText(plan, out))
        out.note('Nothing was called. Run it again with --yes to call it.')
        return
      }
      out.progress('asking …')
      const replay = await client
        .replayRequest({ params: { id }, body: model === undefined ? {} : { model } }, { timeoutMs: LONGEST_MS })
        .finally(() => out.progress(null))
      out.show(replay, () => replayText(replay, out))
    }),
  )
}

/** What a replay would do. */
export type ReplayPlan = {
  requestId: string
  model: string
  messages: number
  inputTokens: number
  outputTokens: number
  /** For as many tokens as last time; null when the model has no price. */
  costNanoUsd: number | null
  /** Whose price that is: the model itself, or for `auto` the one that answered last time. */
  pricedAs: string
}

const planReplay = async (client: Client, request: RequestDetail, wanted: string | undefined): Promise<ReplayPlan> => {
  if (request.body === null) throw new AssayError('requests.no_body', { id: request.id })
  const model = wanted ?? request.body.request.model
  const answered = request.attempts.findLast(({ errorCode }) => errorCode === null)
  const pricedAs = model === 'auto' && answered ? `${answered.providerName}/${answered.model}` : model
  const [provider = '', ...rest] = pricedAs.split('/')
  const name = rest.length > 0 ? rest.join('/') : provider
  const { items } = await client.listPrices({ query: { text: name.slice(0, 200), limit: 200 } })
  const row = priceFor(items, rest.length > 0 ? provider : (answered?.providerName ?? ''), name)
  const { id, inputTokens, outputTokens } = request
  const messages = request.body.request.messages.length
  return {
    requestId: id,
    model,
    messages,
    inputTokens,
    outputTokens,
    costNanoUsd: row && costOf(request, row),
    pricedAs,
  }
}

const priceFor = (prices: readonly Price[], provider: string, model: string): Price | null => {
  const row = priceOf(provider, model, prices)
  return prices.find((price) => price.provider === row?.provider && price.model === row.model) ?? null
}
