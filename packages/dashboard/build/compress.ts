import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

const compressible = /\.(js|css|svg)$/
const WORTH_IT_BYTES = 1_024

/** Writes `.br` and `.gz` beside each file of the build, once and at the highest level, so that no answer waits for it. */
export const compress = (): Plugin => {
  let folder = ''
  return {
    name: 'assay:compress',
    apply: 'build',
    configResolved: ({ root, build }) => {
      folder = join(root, build.outDir)
    },
    closeBundle: () => {
      const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      for (const name of names.filter((name) => compressible.test(name))) {
        const path = join(folder, name)
        const bytes = readFileSync(path)
        if (bytes.byteLength < WORTH_IT_BYTES) continue
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }))
        const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.byteLength }
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }))
      }
    },
  }
}
