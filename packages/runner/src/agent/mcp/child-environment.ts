import { refusalOfVariable } from '@assay/core'

/** What every program needs to run and to find its own files; the rest of the environment stays here. */
const passedOn = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'USER',
  'LOGNAME',
  'SystemRoot',
  'APPDATA',
  'LOCALAPPDATA',
  'USERPROFILE',
  'PATHEXT',
] as const

/** The whole environment of a program: a few fixed variables, where its workspace is, and what it was promised. */
export const childEnvironment = (
  environment: Readonly<Record<string, string | undefined>>,
  { workspace, own }: { workspace: string; own: Readonly<Record<string, string>> },
): Record<string, string> => {
  const env: Record<string, string> = {}
  for (const name of passedOn) {
    const value = environment[name]
    if (value !== undefined) env[name] = value
  }
  for (const [name, value] of Object.entries(own)) if (refusalOfVariable(name) === null) env[name] = value
  return { ...env, TEST_WORKSPACE_PATH: workspace }
}
