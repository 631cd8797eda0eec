import { mkdir, readdir, rename, stat } from 'node:fs/promises'
import { join, matchesGlob } from 'node:path'
import { z } from 'zod'
import type { PluginPlace } from '../plugin.ts'
import { builtInPlugin, builtInTool, type BuiltInTool } from './built-in.ts'
import { confinedTo, type Confined } from './confined.ts'
import { edited, Edits } from './edit.ts'

/** The folder of the case, with the tools and names of the reference server of MCP. */
export const filesystemPlugin = builtInPlugin('filesystem', ({ workspace }: PluginPlace) => {
  const files = confinedTo(workspace)
  return [...listers(files, workspace), ...readers(files), ...writers(files)]
})

const path = z.string().min(1).max(4_096).describe('From the workspace, or absolute within it.')
const MOST_FOUND = 1_000

const readers = (files: Confined): BuiltInTool[] => {
  const readText = async ({
    path,
    head,
    tail,
  }: {
    path: string
    head?: number | undefined
    tail?: number | undefined
  }) => {
    if (head !== undefined && tail !== undefined) throw new Error('head and tail exclude each other')
    const text = (await files.read(path)).toString('utf8')
    if (head === undefined && tail === undefined) return text
    const lines = text.split('\n')
    return (tail === undefined ? lines.slice(0, head) : lines.slice(-tail)).join('\n')
  }
  const range = { path, head: z.int().min(1).optional(), tail: z.int().min(1).optional() }
  return [
    builtInTool(
      {
        name: 'read_file',
        description: 'Reads a file as text; `head` or `tail` gives its first or last lines.',
        args: z.object(range),
      },
      readText,
    ),
    builtInTool(
      {
        name: 'read_text_file',
        description: 'Reads a file as text; `head` or `tail` gives its first or last lines.',
        args: z.object(range),
      },
      readText,
    ),
    builtInTool(
      {
        name: 'read_multiple_files',
        description: 'Reads several files; one that cannot be read is told and does not stop the others.',
        args: z.object({ paths: z.array(path).min(1).max(100) }),
      },
      async ({ paths }) => {
        const read = await Promise.all(
          paths.map(async (path) => {
            const text = await readText({ path }).catch((error: Error) => `Error: ${error.message}`)
            return `${path}:\n${text}`
          }),
        )
        return read.join('\n---\n')
      },
    ),
  ]
}

const writers = (files: Confined): BuiltInTool[] => [
  builtInTool(
    {
      name: 'write_file',
      description: 'Writes a file, in place of what it held.',
      args: z.object({ path, content: z.string() }),
    },
    async ({ path, content }) => {
      await files.write(path, content)
      return `Wrote ${Buffer.byteLength(content)} bytes to ${path}.`
    },
  ),
  builtInTool(
    {
      name: 'edit_file',
      description: 'Replaces texts in a file, each of which must stand in it; answers with what changed.',
      args: z.object({ path, edits: Edits, dryRun: z.boolean().default(false) }),
    },
    async ({ path, edits, dryRun }) => {
      const before = (await files.read(path)).toString('utf8')
      const { text, difference } = edited(before, edits)
      if (!dryRun) await files.write(path, text)
      return difference
    },
  ),
  builtInTool(
    { name: 'create_directory', description: 'Makes a folder, with those above it.', args: z.object({ path }) },
    async ({ path }) => {
      await mkdir(await files.place(path), { recursive: true })
      return `Made ${path}.`
    },
  ),
  builtInTool(
    {
      name: 'move_file',
      description: 'Moves or renames a file or folder; there must be nothing at the destination.',
      args: z.object({ source: path, destination: path }),
    },
    async ({ source, destination }) => {
      const [from, to] = [await files.place(source), await files.place(destination)]
      const isTaken = await stat(to).then(
        () => true,
        () => false,
      )
      if (isTaken) throw new Error(`${destination} exists`)
      await rename(from, to)
      return `Moved ${source} to ${destination}.`
    },
  ),
]

const listers = (files: Confined, root: string): BuiltInTool[] => [
  builtInTool(
    { name: 'list_directory', description: 'Lists a folder; `.` is the workspace itself.', args: z.object({ path }) },
    async ({ path }) => {
      const entries = await readdir(await files.place(path), { withFileTypes: true })
      const lines = entries.map((entry) => `${entry.isDirectory() ? '[DIR]' : '[FILE]'} ${entry.name}`)
      return lines.toSorted().join('\n') || '(empty)'
    },
  ),
  builtInTool(
    {
      name: 'directory_tree',
      description: 'Lists everything below a folder.',
      args: z.object({ path: path.default('.') }),
    },
    async ({ path }) => {
      const folder = await files.place(path)
      const found = (await readdir(folder, { recursive: true })).toSorted()
      return told(found)
    },
  ),
  builtInTool(
    {
      name: 'search_files',
      description: 'Finds files and folders by a pattern, such as `**/*.md`, or by a part of their name.',
      args: z.object({
        path: path.default('.'),
        pattern: z.string().min(1).max(1_000),
        excludePatterns: z.array(z.string().max(1_000)).max(100).default([]),
      }),
    },
    async ({ path, pattern, excludePatterns }) => {
      const folder = await files.place(path)
      const isWanted = (name: string) =>
        /[*?[\]{}]/.test(pattern) ? matchesGlob(name, pattern) : name.toLowerCase().includes(pattern.toLowerCase())
      const found = (await readdir(folder, { recursive: true }))
        .filter((name) => isWanted(name) && !excludePatterns.some((excluded) => matchesGlob(name, excluded)))
        .map((name) => files.shown(join(folder, name)))
      return told(found.toSorted())
    },
  ),
  builtInTool(
    { name: 'get_file_info', description: 'Size, times and kind of a file or folder.', args: z.object({ path }) },
    async ({ path }) => {
      const found = await stat(await files.place(path))
      const kind = found.isDirectory() ? 'directory' : found.isFile() ? 'file' : 'other'
      return `size: ${found.size}\nkind: ${kind}\nmodified: ${found.mtime.toISOString()}`
    },
  ),
  builtInTool(
    { name: 'list_allowed_directories', description: 'The folder that can be reached.', args: z.object({}) },
    () => root,
  ),
]

const told = (found: readonly string[]): string => {
  if (found.length === 0) return '(nothing)'
  const more = found.length > MOST_FOUND ? [`… and ${found.length - MOST_FOUND} more`] : []
  return [...found.slice(0, MOST_FOUND), ...more].join('\n')
}
