import { registerHooks } from 'node:module'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { AssayError } from '@assay/core'

/** A suite that is written as a module, and the files of its own that it is made of. */
export type EvalModule = { exported: Record<string, unknown>; files: string[] }

/**
 * Reads what a module exports by default, made by `defineSuite`. It runs with the rights of whoever started the command,
 * as a test file does: it is never found by looking around, only named, and never loaded for a hosted run.
 */
export const readEvalModule = async (path: string): Promise<EvalModule> => {
  const file = path
  const graph = beginGraph(resolve(path))
  try {
    const { default: exported } = (await import(graph.entry)) as { default?: unknown }
    if (exported !== null && typeof exported === 'object') {
      return { exported: exported as Record<string, unknown>, files: [...graph.files] }
    }
    const message = 'exports no suite: write `export default defineSuite({ … })`'
    throw new AssayError('suite.invalid', { file, issues: [{ path: '', message }] })
  } catch (error) {
    if (error instanceof AssayError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_MODULE_NOT_FOUND' && message.includes(resolve(path)) && !message.includes('imported from')) {
      throw new AssayError('suite.not_found', { path }, { cause: error })
    }
    const issues = [{ path: '', message: `the module cannot be loaded: ${message}` }]
    throw new AssayError('suite.invalid', { file, issues }, { cause: error })
  }
}

type Graph = { entry: string; query: string; urls: Set<string>; files: Set<string> }

const graphs = new Map<string, Graph>()
let isHooked = false

/** Read again, a module and the modules of its own are loaded anew: each time they have other addresses. */
const beginGraph = (path: string): Graph => {
  if (!isHooked) registerHooks({ resolve: resolveForSuites })
  isHooked = true
  const earlier = graphs.size
  const query = earlier === 0 ? '' : `?assay=${earlier}`
  const entry = pathToFileURL(path).href + query
  const graph = { entry, query, urls: new Set([entry]), files: new Set([path]) }
  graphs.set(`${earlier}`, graph)
  return graph
}

type ResolveHook = NonNullable<Parameters<typeof registerHooks>[0]['resolve']>

/** Finds our own packages for a suite that has none installed, and takes its modules as what they are written in. */
const resolveForSuites: ResolveHook = (name, context, next) => {
  const graph = [...graphs.values()].find(
    ({ urls, entry }) => (context.parentURL !== undefined && urls.has(context.parentURL)) || name === entry,
  )
  if (!graph) return next(name, context)
  const found = resolveWithOurs(name, context, next)
  const isOwn = found.url.startsWith('file:') && !found.url.includes('/node_modules/') && !isOurs(name)
  if (!isOwn) return found
  const url = found.url.includes('?') ? found.url : found.url + graph.query
  graph.urls.add(url)
  graph.files.add(fileURLToPath(url.split('?', 1)[0]!))
  // A folder whose package.json says nothing has modules all the same: no second look, and no warning about it.
  return { ...found, url, ...(!found.format && formatOf(url) && { format: formatOf(url)! }) }
}

const resolveWithOurs: ResolveHook = (name, context, next) => {
  try {
    return next(name, context)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND' || !isOurs(name)) throw error
    return next(name, { ...context, parentURL: import.meta.url })
  }
}

const isOurs = (name: string): boolean => name.startsWith('@assay/')

const formatOf = (url: string): string | null => {
  const ending = /\.([a-z]+)(?:\?|$)/.exec(url)?.[1]
  if (ending === 'ts') return 'module-typescript'
  return ending === 'js' ? 'module' : null
}
