import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { AssayError } from '@assay/core'

/** Reads a suite that is written as a module: what it exports by default, made by `defineSuite`. */
export const readEvalModule = async (path: string): Promise<Record<string, unknown>> => {
  const file = path
  try {
    const { default: exported } = (await import(pathToFileURL(resolve(path)).href)) as { default?: unknown }
    if (exported !== null && typeof exported === 'object') return exported as Record<string, unknown>
    const message = 'exports no suite: write `export default defineSuite({ … })`'
    throw new AssayError('suite.invalid', { file, issues: [{ path: '', message }] })
  } catch (error) {
    if (error instanceof AssayError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_MODULE_NOT_FOUND' && message.includes(resolve(path))) {
      throw new AssayError('suite.not_found', { path }, { cause: error })
    }
    const issues = [{ path: '', message: `the module cannot be loaded: ${message}` }]
    throw new AssayError('suite.invalid', { file, issues }, { cause: error })
  }
}
