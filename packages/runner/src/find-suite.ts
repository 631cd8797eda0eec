import { stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { AssayError } from '@assay/core'

const names = [
  'assay.yaml',
  'assay.yml',
  'assay.json',
  'promptfooconfig.yaml',
  'promptfooconfig.yml',
  'promptfooconfig.json',
  'prpm.json',
]

/** The suite that is meant: the file itself, the one in the folder, or without a name the nearest one upwards. */
export const findSuite = async (named: string | undefined, folder: string): Promise<string> => {
  if (named !== undefined) {
    const path = resolve(folder, named)
    const kind = await kindOf(path)
    const found = kind === 'folder' ? await suiteIn(path) : kind && path
    if (found) return found
    throw new AssayError('suite.not_found', { path: named })
  }
  for (let at = resolve(folder); ; at = dirname(at)) {
    const found = await suiteIn(at)
    if (found) return found
    if (dirname(at) === at) throw new AssayError('suite.not_found', { path: join(folder, names[0]!) })
  }
}

const suiteIn = async (folder: string): Promise<string | null> => {
  for (const name of names) if ((await kindOf(join(folder, name))) === 'file') return join(folder, name)
  return null
}

const kindOf = async (path: string): Promise<'file' | 'folder' | null> => {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file'
  } catch {
    return null
  }
}
