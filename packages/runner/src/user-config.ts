import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AssayError } from '@assay/core'
import { parseDocument, YAMLSeq } from 'yaml'
import { z } from 'zod'

/** What a person keeps for all projects on this machine; no file of a project can say it. */
export const UserConfig = z.strictObject({
  mcp: z
    .strictObject({
      allow: z.array(z.string().min(1)).default([]).describe('Commands, addresses and confirmations of plugins.'),
    })
    .default({ allow: [] }),
})
export type UserConfig = z.infer<typeof UserConfig>

/** Where it lies: `assay/config.yaml` in the folder for settings. */
export const userConfigPath = (environment: Readonly<Record<string, string | undefined>>): string =>
  join(environment['XDG_CONFIG_HOME'] || join(environment['HOME'] ?? '', '.config'), 'assay', 'config.yaml')

/** Reads it; without a file it is empty. */
export const readUserConfig = async (path: string): Promise<UserConfig> => {
  const parsed = UserConfig.safeParse(documentOf(path, await textOf(path)).toJS() ?? {})
  if (parsed.success) return parsed.data
  throw new AssayError('user.config_invalid', { path, reason: z.prettifyError(parsed.error) })
}

/** Adds confirmations, each with what it is for; what else stands in the file stays as it is. */
export const allowPlugins = async (path: string, added: { entry: string; note: string }[]): Promise<void> => {
  const document = documentOf(path, await textOf(path))
  if (!document.has('mcp')) document.set('mcp', document.createNode({}))
  if (!document.hasIn(['mcp', 'allow'])) document.setIn(['mcp', 'allow'], document.createNode([]))
  const allow = document.getIn(['mcp', 'allow'])
  if (!(allow instanceof YAMLSeq)) throw new AssayError('user.config_invalid', { path, reason: 'mcp.allow is no list' })
  allow.flow = false
  for (const { entry, note } of added) {
    const node = document.createNode(entry)
    node.comment = ` ${note.replaceAll(/\s+/g, ' ')}`
    allow.add(node)
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeFile(path, document.toString({ lineWidth: 0 }), { mode: 0o600 })
  await chmod(path, 0o600)
}

const textOf = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw new AssayError('user.config_invalid', { path, reason: (error as Error).message }, { cause: error })
  }
}

const documentOf = (path: string, text: string) => {
  const document = parseDocument(text)
  const [problem] = document.errors
  if (problem) throw new AssayError('user.config_invalid', { path, reason: problem.message.split('\n', 1)[0]! })
  return document
}
