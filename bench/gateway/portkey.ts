import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { takePart } from './party.ts'

/** Portkey's gateway as its package starts it, with the dependencies of its own lock. */

const root = join(import.meta.dirname, '../peers/portkey')
const program = join(root, 'node_modules/@portkey-ai/gateway/build/start-server.js')

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })

if (!existsSync(program)) throw new Error(`Portkey is not installed: npm ci --prefix ${root} --ignore-scripts`)
const port = await freePort()
process.argv = [process.argv[0]!, program, `--port=${port}`, '--headless']
await import(pathToFileURL(program).href)
takePart({ url: `http://127.0.0.1:${port}`, stop: async () => {} })
