import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { AssayError, AuditFilter, issuesOf, RequestFilter, timestamp, type Page } from '@assay/core'
import { appendAudit, listAudit, listRequests, type PageOptions, type WorkspaceScope } from '@assay/store'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { App } from '../app.ts'
import { actorOf, type Member } from '../http/caller.ts'
import { otherRoutes } from '../http/route-table.ts'
import { csvLine } from './csv.ts'

const PAGE_ROWS = 500

const Format = z.enum(['csv', 'ndjson']).default('csv')

type Row = Record<string, unknown>

/** One list that can be had as a file. */
type Export = {
  path: (typeof otherRoutes)[number]['path']
  name: string
  filter: z.ZodObject
  columns: readonly string[]
  read: (scope: WorkspaceScope, query: PageOptions) => Promise<Page<Row>>
}

const columnsOf = (names: string): string[] => names.trim().split(/\s+/)

const exports: readonly Export[] = [
  {
    path: '/api/v1/requests/export',
    name: 'requests',
    filter: RequestFilter,
    // The first ones are what a person looks for in a table.
    columns: columnsOf(`
      at id status requestModel providerName responseModel complexity route cache inputTokens outputTokens
      cacheReadInputTokens cacheWriteInputTokens reasoningOutputTokens costNanoUsd baselineModel baselineCostNanoUsd
      savingNanoUsd cacheSavedNanoUsd ttftMs latencyMs httpStatus errorCode errorMessage finishReason
      stream estimated priced keyId credentialId credentialSource operationName score conversationId
      userHash environment packageVersion priceVersion toolsUsed guards dropped tags attempts
      promptPreview
    `),
    read: listRequests,
  },
  {
    path: '/api/v1/audit/export',
    name: 'audit',
    filter: AuditFilter,
    columns: columnsOf('seq at actor action target before after ip requestId hash'),
    read: listAudit,
  },
]

/** Lists as files: read page by page and sent as they come, so that a long one takes no more memory than a short one. */
export const registerExports = (server: FastifyInstance, app: App): void => {
  for (const one of exports) {
    const { access } = otherRoutes.find(({ path }) => path === one.path)!
    server.get(one.path, { config: { access }, exposeHeadRoute: false }, async (request, reply) => {
      const { format: wanted, ...rest } = request.query as Row
      const parsed = z.object({ format: Format, filter: one.filter }).safeParse({ format: wanted, filter: rest })
      if (!parsed.success) throw new AssayError('input.invalid', { what: 'query', issues: issuesOf(parsed.error) })
      const { format, filter } = parsed.data
      const { workspaceId } = request.caller as Member
      await app.store.inWorkspace(workspaceId, (scope) =>
        appendAudit(scope, {
          at: timestamp(app.now()),
          actor: actorOf(request.caller),
          action: `${one.name}.export`,
          target: workspaceId,
          after: { format, ...filter },
          requestId: request.id,
        }),
      )
      reply.hijack()
      const response = reply.raw
      response.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson; charset=utf-8',
        'content-disposition': `attachment; filename="assay-${one.name}-${timestamp(app.now()).slice(0, 10)}.${format}"`,
      })
      const pages = (cursor: string | undefined): Promise<Page<Row>> =>
        app.store.inWorkspace(workspaceId, (scope) =>
          one.read(scope, { ...filter, limit: PAGE_ROWS, ...(cursor === undefined ? {} : { cursor }) }),
        )
      await send(response, pages, { format, columns: one.columns }).catch((error: unknown) => {
        // What was sent cannot be taken back; a connection that is cut says that it was not all.
        app.log.error({ requestId: request.id, error }, 'an export broke')
        response.destroy()
      })
    })
  }
}

const send = async (
  response: ServerResponse,
  pages: (cursor: string | undefined) => Promise<Page<Row>>,
  { format, columns }: { format: 'csv' | 'ndjson'; columns: readonly string[] },
): Promise<void> => {
  const lineOf = (row: Row): string =>
    format === 'csv' ? csvLine(columns.map((column) => row[column])) : `${JSON.stringify(row)}\n`
  if (format === 'csv') response.write(csvLine(columns))
  let cursor: string | undefined
  do {
    const { items, nextCursor } = await pages(cursor)
    if (response.destroyed) return
    const isTaken = items.length === 0 || response.write(items.map(lineOf).join(''))
    if (!isTaken) await Promise.race([once(response, 'drain'), once(response, 'close')])
    cursor = nextCursor ?? undefined
  } while (cursor !== undefined && !response.destroyed)
  response.end()
}
