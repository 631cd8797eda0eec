import { rmSync } from 'node:fs'
import { cp, lstat, mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { AssayError, type PlannedCase } from '@assay/core'

/** Where workspaces come from, and where the copies are made. */
export type WorkspaceOptions = {
  /** The folder of the suite: a workspace lies within it. */
  suiteFolder: string
  /** `TEST_WORKSPACE_PATH`; a temporary folder when left out. */
  root?: string | undefined
}

/** The folder of one case, gone when it ends. */
export type CaseWorkspace = AsyncDisposable & { path: string }

const MOST_ENTRIES = 50_000
const MOST_BYTES = 512 * 1024 * 1024

/** Makes the folder that one case works in: a copy of its workspace, or an empty one. */
export const openWorkspace = async (
  { workspace }: Pick<PlannedCase, 'workspace'>,
  { suiteFolder, root }: WorkspaceOptions,
): Promise<CaseWorkspace> => {
  const base = resolve(root ?? tmpdir())
  await mkdir(base, { recursive: true })
  // Links are followed now, so that what lies within can be told from what does not.
  const path = await realpath(await mkdtemp(join(base, 'assay-workspace-')))
  opened.add(path)
  const remove = async () => {
    await rm(path, { recursive: true, force: true, maxRetries: 3 })
    opened.delete(path)
  }
  try {
    if (workspace !== undefined) await copy(workspace, { suiteFolder, path })
  } catch (error) {
    await remove()
    throw error
  }
  return { path, [Symbol.asyncDispose]: remove }
}

/** Copies that must not outlive this process, however it ends. */
const opened = new Set<string>()

process.on('exit', () => {
  for (const path of opened) rmSync(path, { recursive: true, force: true })
})

/** Checks that a workspace can be copied, before any case needs it. */
export const checkWorkspace = async (workspace: string, suiteFolder: string): Promise<void> => {
  await measure(workspace, await sourceOf(workspace, suiteFolder))
}

const copy = async (workspace: string, { suiteFolder, path }: { suiteFolder: string; path: string }): Promise<void> => {
  const source = await sourceOf(workspace, suiteFolder)
  await measure(workspace, source)
  await cp(source, path, {
    recursive: true,
    verbatimSymlinks: true,
    // A link that leaves the workspace would take the agent with it.
    filter: async (from) =>
      !(await lstat(from)).isSymbolicLink() || isWithin(source, await realpath(from).catch(() => '/')),
  })
}

const sourceOf = async (workspace: string, suiteFolder: string): Promise<string> => {
  const refuse = (reason: string) => new AssayError('suite.workspace_bad', { path: workspace, reason })
  if (isAbsolute(workspace)) throw refuse("it is absolute; name it from the suite's folder")
  const [folder, source] = await Promise.all([
    realpath(suiteFolder),
    realpath(join(suiteFolder, workspace)).catch(() => null),
  ])
  if (source === null) throw refuse('there is no such folder')
  if (!isWithin(folder, source)) throw refuse("it lies outside of the suite's folder")
  if (!(await lstat(source)).isDirectory()) throw refuse('it is no folder')
  return source
}

const measure = async (workspace: string, source: string): Promise<void> => {
  const refuse = (reason: string) => new AssayError('suite.workspace_bad', { path: workspace, reason })
  const entries = await readdir(source, { recursive: true, withFileTypes: true })
  if (entries.length > MOST_ENTRIES) throw refuse(`it has ${entries.length} entries, more than ${MOST_ENTRIES}`)
  let sizeBytes = 0
  for (const entry of entries) {
    if (entry.isFile()) sizeBytes += (await lstat(join(entry.parentPath, entry.name))).size
    if (sizeBytes > MOST_BYTES) throw refuse(`it is larger than ${MOST_BYTES} bytes`)
  }
}

/** True for the folder itself and what lies below it; both without links. */
export const isWithin = (folder: string, path: string): boolean => {
  const from = relative(folder, path)
  return from === '' || !(from === '..' || from.startsWith(`..${sep}`) || isAbsolute(from))
}
