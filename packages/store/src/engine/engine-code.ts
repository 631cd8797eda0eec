import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** The platform's own; its types come with those of browsers only. */
declare const WebAssembly: { compile(bytes: Uint8Array): Promise<EngineCode> }

/** The engine compiled, which threads of one process share. */
export type EngineCode = { readonly [Symbol.toStringTag]: 'WebAssembly.Module' }

let compiled: Promise<EngineCode> | undefined

/** Compiled once a process: a further start, after a failure or of another directory, is spared most of its work. */
export const engineCode = (): Promise<EngineCode> => (compiled ??= compileEngine())

const compileEngine = async (): Promise<EngineCode> => {
  const folder = dirname(createRequire(import.meta.url).resolve('@electric-sql/pglite'))
  return WebAssembly.compile(await readFile(join(folder, 'pglite.wasm')))
}
