import { closeSync, fsyncSync, openSync } from 'node:fs'
import { NodeFS } from '@electric-sql/pglite/nodefs'

/** How many syncs have reached the disk, and whether they are to. */
export type SyncHook = { count: number; enabled: boolean }

type OpenStream = { nfd?: number; node: unknown }
type EngineModule = {
  FS: { ErrnoError: new (errno: number) => Error }
  NODEFS: { stream_ops: Record<string, unknown>; realPath(node: unknown): string }
}

/** WASI's EIO: the engine then stops, as PostgreSQL does when a sync fails. */
const INPUT_OUTPUT_ERROR = 29

/**
 * The engine's files on the disk. The engine's own file layer answers every sync with success and does none, so a
 * commit would survive a kill but no power cut; here a sync of a file or a directory is one of the operating system.
 */
export class SyncedFiles extends NodeFS {
  readonly #hook: SyncHook

  constructor(directory: string, hook: SyncHook) {
    super(directory)
    this.#hook = hook
  }

  override async init(...[engine, options]: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const prepared = await super.init(engine, options)
    const install = (module: unknown): void => {
      if (this.#hook.enabled) installSync(module as EngineModule, this.#hook)
    }
    const { emscriptenOpts } = prepared
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), install] } }
  }
}

const installSync = ({ FS, NODEFS }: EngineModule, hook: SyncHook): void => {
  NODEFS.stream_ops['fsync'] = (stream: OpenStream): number => {
    try {
      if (stream.nfd === undefined) syncPath(NODEFS.realPath(stream.node))
      else fsyncSync(stream.nfd)
    } catch {
      throw new FS.ErrnoError(INPUT_OUTPUT_ERROR)
    }
    hook.count++
    return 0
  }
}

/** Directories have no descriptor in the engine's file layer. */
const syncPath = (path: string): void => {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
