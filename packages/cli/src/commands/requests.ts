import type { Command } from 'commander'
import { AssayError, type RequestFilter } from '@assay/core'
import { apiAction, withExample } from '../action.ts'
import { resolveId } from '../ids.ts'
import { type ListOptions, readPages, withLimit } from '../pages.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { exportCommand } from './requests-export.ts'
import { readFilter, readTimes, withTimedFilter, type WrittenFilter } from './requests-filter.ts'
import { replayCommand } from './requests-replay.ts'
import { tailCommand } from './requests-tail.ts'
import { testCaseCommand } from './requests-test-case.ts'

/** `assay requests`: the log of what went through the gateway. */
export const requestsCommand = (program: Command, terminal: Terminal): void => {
  const requests = program.command('requests').description('Look into the request log.')

  withExample(
    withLimit(withTimedFilter(requests.command('list').description('List requests, the newest first.'))),
    'assay requests list --status failed --since 24h',
    'assay requests list --key checkout --complexity complex --cache miss --tag team=search',
  ).action(
    apiAction(terminal, async ({ connect, out }, options: ListOptions & WrittenFilter) => {
      const { requestTable } = await import('../print/requests.ts')
      const times = await readTimes(options, terminal)
      const { client } = await connect()
      const filter = { ...(await readFilter(options, client)), ...times }
      const rows = await readPages(options, (page) => client.listRequests({ query: { ...filter, ...page } }))
      out.list(rows, () => requestTable(rows, { out, now: terminal.now() }), emptyText(filter))
    }),
  )

  withExample(
    requests
      .command('show')
      .argument('<id>', 'Id, or the beginning or end of one of the newest 200.')
      .description('Show one request: its route and why, its attempts, its cost against the baseline, its body.'),
    'assay requests show 0199c3f2-77aa-7c41-9d55-0a3f0e6d1b2c',
  ).action(
    apiAction(terminal, async ({ connect, out }, written: string) => {
      const { client } = await connect()
      const { requestText } = await import('../print/request.ts')
      const id = await resolveId('request', written, () => client.listRequests({ query: { limit: 200 } }))
      const request = await client.getRequest({ params: { id } })
      out.show(request, () => requestText(request, { out, now: terminal.now() }))
    }),
  )

  withExample(
    requests
      .command('vote')
      .argument('<id>', 'Id, or the beginning or end of one of the newest 200.')
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
      if (reply.testCase) out.note(`It can become a test: assay requests test-case ${requestId}`)
    }),
  )

  exportCommand(requests, terminal)
  replayCommand(requests, terminal)
  testCaseCommand(requests, terminal)
  tailCommand(requests, terminal)
}

const emptyText = (filter: RequestFilter): string =>
  Object.keys(filter).length > 0
    ? 'No request matches.'
    : 'No request came through the gateway yet. `assay demo` sends some; docs/gateway.md says how yours does.'

const votes: Record<string, { vote: 'up' | 'down' } | { rating: number } | undefined> = {
  up: { vote: 'up' },
  down: { vote: 'down' },
  ...Object.fromEntries([1, 2, 3, 4, 5].map((rating) => [String(rating), { rating }])),
}
