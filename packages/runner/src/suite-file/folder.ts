import { globSync } from 'node:fs'
import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, sep } from 'node:path'

/** Files that a suite names as `file://…`: only those of its own folder can be read. */
export type SuiteFolder = {
  /** The files behind a name, several where it is a pattern; throws `FileProblem`. */
  find(name: string): Promise<string[]>
  read(path: string): Promise<string>
  /** A path as the suite would write it. */
  shown(path: string): string
  /** The files that were read so far. */
  seen(): string[]
}

/** Why a file that a suite names cannot be read. */
export class FileProblem extends Error {}

/** Files are read whole; larger ones are no part of a suite. */
export const MAX_FILE_BYTES = 10 * 1024 * 1024
const MAX_FILES = 10_000

/** The folder a suite lies in; links are followed before it is decided whether they leave it. */
export const openFolder = async (suitePath: string): Promise<SuiteFolder> => {
  const root = await realpath(dirname(suitePath))
  const seen = new Set<string>()
  const inside = async (path: string): Promise<string> => {
    const real = await realpath(path).catch(() => null)
    if (real === null) throw new FileProblem(`there is no file ${relative(root, path)}`)
    const from = relative(root, real)
    if (from === '..' || from.startsWith(`..${sep}`) || isAbsolute(from)) {
      throw new FileProblem(`${relative(root, path)} lies outside of the suite's folder`)
    }
    return real
  }
  return {
    find: async (name) => {
      const plain = name.replace(/^file:\/\//, '')
      if (isAbsolute(plain)) throw new FileProblem(`${plain} is absolute; name it from the suite's folder`)
      if (!/[*?[\]{}]/.test(plain)) return [await inside(join(root, plain))]
      const found = globSync(plain, { cwd: root }).toSorted()
      if (found.length === 0) throw new FileProblem(`no file matches ${plain}`)
      if (found.length > MAX_FILES)
        throw new FileProblem(`${found.length} files match ${plain}, more than ${MAX_FILES}`)
      return Promise.all(found.map((path) => inside(join(root, path))))
    },
    read: async (path) => {
      const { size } = await stat(path)
      if (size > MAX_FILE_BYTES) throw new FileProblem(`${relative(root, path)} is larger than ${MAX_FILE_BYTES} bytes`)
      seen.add(path)
      return readFile(path, 'utf8')
    },
    shown: (path) => relative(root, path),
    seen: () => [...seen],
  }
}

/** What a suite without a folder may read: nothing. */
export const noFolder: SuiteFolder = {
  find: async (name) => {
    throw new FileProblem(`${name} is a file, and files cannot be read here; write what it holds into the suite`)
  },
  read: async (path) => {
    throw new FileProblem(`${path} cannot be read here`)
  },
  shown: (path) => path,
  seen: () => [],
}

/** True for a text that names a file. */
export const isFileName = (value: unknown): value is string => typeof value === 'string' && value.startsWith('file://')
