import { extname } from 'node:path'
import { FileProblem, isFileName, type SuiteFolder } from './folder.ts'
import { moduleBody, moduleNeeds, moduleText } from './module-body.ts'
import { readValue } from './read-value.ts'

/** The models of a suite with the files that they name read in: lists of models, and JavaScript that answers. */
export const loadModels = async (given: unknown, folder: SuiteFolder): Promise<unknown> => {
  if (given === undefined) return undefined
  const models: unknown[] = []
  for (const one of [given].flat() as unknown[]) models.push(...(await loadModel(one, folder)))
  return models
}

const loadModel = async (given: unknown, folder: SuiteFolder): Promise<unknown[]> => {
  if (typeof given === 'string') return isFileName(given) ? loadNamed(given, { id: given }, folder) : [given]
  if (typeof given !== 'object' || given === null) return [given]
  const { id, config } = given as Record<string, unknown>
  const [name, only] = id === undefined ? (Object.entries(given)[0] ?? []) : []
  // `{"file://provider.js": {config}}`, with the name as the only key.
  if (isFileName(name)) return loadNamed(name, { id: name, ...(only as object) }, folder)
  if (isFileName(id)) return loadNamed(id, given as Record<string, unknown>, folder)
  if (typeof config !== 'object' || config === null) return [given]
  return [{ ...given, config: await loadSettings(config as Record<string, unknown>, folder) }]
}

const programs = new Set(['.js', '.mjs', '.cjs'])

const loadNamed = async (name: string, model: Record<string, unknown>, folder: SuiteFolder): Promise<unknown[]> => {
  const kind = extname(name).toLowerCase()
  if (['.yaml', '.yml', '.json'].includes(kind)) {
    const [path] = await folder.find(name)
    const listed = await readValue(path!, folder)
    return loadModels(listed, folder) as Promise<unknown[]>
  }
  if (!programs.has(kind)) {
    throw new FileProblem(`${name} is a program that cannot be run here; JavaScript in .js, .mjs and .cjs can`)
  }
  return [{ ...model, script: moduleText(await readModule(name, folder)) }]
}

/** Texts of the configuration that are files: code of transforms, bodies as data. */
const loadSettings = async (config: Record<string, unknown>, folder: SuiteFolder): Promise<Record<string, unknown>> => {
  const read = { ...config }
  for (const [key, value] of Object.entries(config)) {
    if (!isFileName(value)) continue
    const given = transforms[key]
    if (given === undefined) {
      const [path] = await folder.find(value)
      read[key] = key === 'request' ? await folder.read(path!) : await readValue(path!, folder)
      continue
    }
    const [, file = value, name] = /^(.*\.[cm]?js)(?::([\w$]+))?$/.exec(value) ?? []
    read[key] = moduleBody(await readModule(file, folder), given, name)
  }
  return read
}

/** What the code of each setting is called with. */
const transforms: Record<string, string> = {
  transformResponse: 'json, text, context',
  responseParser: 'json, text, context',
  transformRequest: 'prompt, vars',
  validateStatus: 'status',
}

const readModule = async (name: string, folder: SuiteFolder): Promise<string> => {
  const [path] = await folder.find(name)
  const text = await folder.read(path!)
  const needed = moduleNeeds(text)
  if (needed === null) return text
  throw new FileProblem(
    `${folder.shown(path!)} uses ${needed}, which the sandbox has not: it must stand alone, without modules and network`,
  )
}
