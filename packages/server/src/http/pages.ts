import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance, FastifyReply } from 'fastify'
import sirv from 'sirv'
import type { App } from '../app.ts'
import { isPagePath, redirectOf } from './page-paths.ts'
import { pageHeaders } from './security-headers.ts'

const built = fileURLToPath(new URL('../../../dashboard/dist', import.meta.url))

/** What the build writes into the shell where the nonce of an answer goes. */
const NONCE_PLACEHOLDER = '__CSP_NONCE__'

/** The pages: files of the build, and one shell for every path that the pages know. */
export const registerPages = (server: FastifyInstance, app: App): void => {
  if (!app.config.ASSAY_ROLES.includes('web')) return
  const files = sirv(built, {
    dev: true, // looks at each time, so that a new build shows without a restart
    etag: true,
    brotli: true,
    gzip: true,
    setHeaders: (response, pathname) =>
      response.setHeader('cache-control', pathname.startsWith('/assets/') ? IMMUTABLE : 'no-cache'),
  })
  const prefix = prefixOf(app.config.ASSAY_PUBLIC_URL)
  const sendShell = async (reply: FastifyReply, status: number): Promise<FastifyReply> => {
    const nonce = randomBytes(16).toString('base64')
    return reply
      .status(status)
      .headers(pageHeaders(nonce))
      .send(await shell(nonce, prefix))
  }
  /** The same, once the files have been looked through in vain. */
  const sendShellRaw = async ({ raw }: FastifyReply): Promise<void> => {
    const nonce = randomBytes(16).toString('base64')
    raw.writeHead(404, pageHeaders(nonce)).end(await shell(nonce, prefix))
  }
  const config = { access: { who: 'public' } } as const
  server.get('/*', { config }, async (request, reply) => {
    const path = request.url.split('?', 1)[0]!
    if (path.startsWith('/api/')) return reply.callNotFound()
    const elsewhere = redirectOf(path)
    if (elsewhere !== null) return reply.redirect(elsewhere)
    if (isPagePath(path)) return sendShell(reply, 200)
    if (path.endsWith('.html')) return sendShell(reply, 404)
    reply.hijack()
    for (const [name, value] of Object.entries(reply.getHeaders())) reply.raw.setHeader(name, value as string)
    files(request.raw, reply.raw, () => {
      sendShellRaw(reply).catch(() => reply.raw.destroy())
    })
  })
}

/** `/base` of `https://example.org/base`; nothing where the service stands at the root. */
const prefixOf = (publicUrl: string | undefined): string =>
  publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/\/+$/, '')

const IMMUTABLE = 'public, max-age=31536000, immutable'

/** The shell of the pages, with the nonce of this answer and the path that a proxy has taken away. */
const shell = async (nonce: string, prefix: string): Promise<string> => {
  try {
    return (await readFile(`${built}/index.html`, 'utf8'))
      .replaceAll(NONCE_PLACEHOLDER, nonce)
      .replace('name="assay-base" content="/"', `name="assay-base" content="${prefix}/"`)
      .replaceAll('"/assets/', `"${prefix}/assets/`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return unbuiltPage(nonce)
  }
}

const unbuiltPage = (nonce: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Assay</title>
<style nonce="${nonce}">:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}</style></head>
<body><main><h1>Assay is running</h1>
<p>The pages are not built yet. Run <code>npm run build</code> in the repository and load this page again.</p>
<p>The HTTP interface is there already: <a href="/api/docs">reference</a>, <a href="/readyz">readiness</a>.</p></main></body></html>`
