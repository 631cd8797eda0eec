import type { Command } from 'commander'
import { AssayError, type RequestRecord } from '@assay/core'
import { apiAction, withExample } from '../action.ts'
import { resolveId } from '../ids.ts'
import { type ListOptions, readPages, withLimit } from '../pages.ts'
import { pastTime } from '../times.ts'
import type { Terminal } from '../terminal/terminal.ts'

type Filter = ListOptions & { status?: string; model?: string; provider?: string; text?: string; since?: string }

/** `assay requests`: the log of what went through the gateway. */
export const requestsCommand = (program: Command, terminal: Terminal): void => {
  const requests = program.command('requests').description('Look into the request log.')

  withExample(
    withLimit(
      requests
        .command('list')
        .description('List requests, the newest first.')
        .option('--status <status>', 'completed, failed, cancelled, incomplete or open.')
        .option('--model <model>', 'Requested or answering model.')
        .option('--provider <provider>', 'Answering provider.')
        .option('--text <text>', 'Part of the prompt.')
        .option('--since <time>', 'Age such as 2h or 7d, or an ISO time.'),
    ),
    'assay requests list --status failed',
  ).action(
    apiAction(terminal, async ({ connect, out }, options: Filter) => {
      const { requestTable } = await import('../print/requests.ts')
      const { status, model, provider, text, since } = options
      const filter = {
        ...(status ? { status: status as RequestRecord['status'] } : {}),
        ...(model ? { model } : {}),
        ...(provider ? { provider } : {}),
        ...(text ? { text } : {}),
        ...(since ? { since: await pastTime(since, { flag: '--since', now: terminal.now() }) } : {}),
      }
      const { client } = await connect()
      const rows = await readPages(options, (page) => client.listRequests({ query: { ...filter, ...page } }))
      out.list(rows, () => requestTable(rows, { out, now: terminal.now() }), 'No request matches.')
    }),
  )

  withExample(
    requests
      .command('show')
      .argument('<id>', 'Id, or the beginning of one of the newest 200.')
      .description('Show one request with its route, attempts and cost.'),
    'assay requests show 0199c3f2-77aa-7c41-9d55-0a3f0e6d1b2c',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const { requestText } = await import('../print/requests.ts')
      const id = await resolveId('request', written, () => client.listRequests({ query: { limit: 200 } }))
      const request = await client.getRequest({ params: { id } })
      out.show(request, () => requestText(request, { out, now: terminal.now() }))
    }),
  )

  withExample(
    requests
      .command('vote')
      .argument('<id>', 'Id, or the beginning of one of the newest 200.')
      .argument('<vote>', 'up or down, or a rating of 1 to 5.')
      .option('--comment <text>', 'Why, in at most 2,000 characters.')
      .description('Say whether an answer was good; a kept answer that is rejected is no longer given.'),
    'assay requests vote 0199c3f2 down --comment "wrong total"',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string, vote: string, { comment }: { comment?: string }) => {
      const said = votes[vote]
      if (!said) throw new AssayError('usage.invalid', { reason: `${vote} is not up, down or 1 to 5` })
      const { client } = await connect()
      const requestId = await resolveId('request', written, () => client.listRequests({ query: { limit: 200 } }))
      const reply = await client.giveFeedback({ body: { requestId, ...said, ...(comment ? { comment } : {}) } })
      out.show(reply, ({ cache, feedback }) => {
        const kept = cache?.invalidated ? ' The kept answer is no longer given.' : ''
        return `Counted as ${feedback.vote}.${kept}`
      })
    }),
  )
}

const votes: Record<string, { vote: 'up' | 'down' } | { rating: number } | undefined> = {
  up: { vote: 'up' },
  down: { vote: 'down' },
  ...Object.fromEntries([1, 2, 3, 4, 5].map((rating) => [String(rating), { rating }])),
}
