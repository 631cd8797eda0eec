import { constants } from 'node:fs'
import { open, realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { isWithin } from '../workspace.ts'
import { Denied } from './built-in.ts'

/** Paths as an agent writes them, held to one folder. */
export type Confined = {
  /** A path that exists or could; throws `Denied` for one that lies elsewhere, by its name or by a link. */
  place(path: string): Promise<string>
  /** A path as the agent knows it. */
  shown(path: string): string
  read(path: string): Promise<Buffer>
  write(path: string, text: string): Promise<void>
}

const MOST_READ_BYTES = 64 * 1024 * 1024

/** Holds paths to a folder whose own path has no links in it. */
export const confinedTo = (root: string): Confined => {
  const refuse = (path: string) => new Denied(`Access denied: ${path} lies outside of the workspace.`)
  const place = async (path: string): Promise<string> => {
    if (path.includes('\0')) throw refuse(JSON.stringify(path))
    const named = isAbsolute(path) ? resolve(path) : resolve(root, path)
    if (!isWithin(root, named)) throw refuse(path)
    const real = await realOf(named)
    if (!isWithin(root, real)) throw refuse(path)
    return real
  }
  return {
    place,
    shown: (path) => relative(root, path) || '.',
    read: async (path) => {
      // The last part is no link any more, and must not become one.
      await using file = await open(await place(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
      const { size } = await fileStat(file, path)
      if (size > MOST_READ_BYTES) throw new Error(`${path} is larger than ${MOST_READ_BYTES} bytes`)
      return await file.readFile()
    },
    write: async (path, text) => {
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK
      await using file = await open(await place(path), flags, 0o644)
      await fileStat(file, path)
      await file.truncate(0)
      await file.writeFile(text)
    },
  }
}

const fileStat = async (file: Awaited<ReturnType<typeof open>>, path: string) => {
  const found = await file.stat()
  if (!found.isFile()) throw new Error(`${path} is no file`)
  return found
}

/** The path with links followed as far as it exists. */
const realOf = async (path: string): Promise<string> => {
  try {
    return await realpath(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error
    return join(await realOf(dirname(path)), basename(path))
  }
}
