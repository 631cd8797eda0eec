import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { accessSentence, openApiDocument } from './openapi.ts'
import { routeTable } from './route-table.ts'
import { pageHeaders } from './security-headers.ts'

/** The interface as a document for programs and as a page for people, which loads nothing from anywhere. */
export const registerReference = (server: FastifyInstance): void => {
  const document = openApiDocument()
  const text = JSON.stringify(document)
  const config = { access: { who: 'public' } } as const
  server.get('/api/openapi.json', { config }, async (_, reply) => reply.type('application/json').send(text))
  server.get('/api/docs', { config }, async (_, reply) => {
    const nonce = randomBytes(16).toString('base64')
    return reply.headers(pageHeaders(nonce)).send(referencePage(document, nonce))
  })
}

type Operation = {
  summary: string
  parameters?: { name: string; in: string; required: boolean; description?: string; schema: unknown }[]
  requestBody?: { content: Record<string, { schema: unknown }> }
  responses: Record<string, { content?: Record<string, { schema: unknown }> }>
}

const referencePage = (document: Record<string, unknown>, nonce: string): string => {
  const paths = document['paths'] as Record<string, Record<string, Operation>>
  const sections = routeTable.map(({ method, path, access, summary }) => {
    const operation = paths[path]![method]!
    const success = Object.entries(operation.responses).find(([status]) => status !== 'default')
    return `<details><summary><code><b>${method.toUpperCase()}</b> ${escapeHtml(path)}</code> ${escapeHtml(summary)}</summary>
<p>${escapeHtml(accessSentence(access)).replaceAll(/`([^`]+)`/g, '<code>$1</code>')}</p>
${schemaBlock('Parameters', operation.parameters)}
${schemaBlock('Body', operation.requestBody?.content['application/json']?.schema)}
${schemaBlock(`Answer ${success?.[0] ?? ''}`, success?.[1].content?.['application/json']?.schema)}
</details>`
  })
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Assay: HTTP reference</title><style nonce="${nonce}">${style}</style></head>
<body><main><h1>HTTP reference</h1>
<p>The control plane, from the contracts the server itself is built on. For programs: <a href="openapi.json">openapi.json</a>.</p>
${sections.join('\n')}
${schemaBlock('Schemas', (document['components'] as { schemas: unknown }).schemas)}
</main></body></html>`
}

const schemaBlock = (title: string, schema: unknown): string =>
  schema === undefined ? '' : `<h3>${escapeHtml(title)}</h3><pre>${escapeHtml(JSON.stringify(schema, null, 2))}</pre>`

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const style = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:0}
main{max-width:60rem;margin:0 auto;padding:1rem}details{border-bottom:1px solid #8884;padding:.4rem 0}
summary{cursor:pointer}pre{overflow:auto;background:#8881;padding:.75rem;border-radius:.25rem}`
