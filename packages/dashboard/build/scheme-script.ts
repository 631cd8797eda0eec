import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

/**
 * Puts the script that decides between light and dark before everything else of the page: a file of the same origin,
 * because the policy of the page allows no inline script, and not a module, because those run after the first paint.
 */
export const schemeScript = (): Plugin => {
  const text = readFileSync(join(import.meta.dirname, 'scheme.js'), 'utf8')
  const fileName = `assets/scheme-${createHash('sha256').update(text).digest('base64url').slice(0, 8)}.js`
  return {
    name: 'assay:scheme-script',
    configureServer: ({ middlewares }) => {
      middlewares.use(`/${fileName}`, (_, response) => {
        response.setHeader('content-type', 'text/javascript').end(text)
      })
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName, source: text })
    },
    transformIndexHtml: () => [{ tag: 'script', attrs: { src: `/${fileName}` }, injectTo: 'head-prepend' }],
  }
}
