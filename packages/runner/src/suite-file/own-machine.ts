import { isServedPlugin, knownPlugins, pluginsServed } from '../agent/catalogue.ts'
import type { SuiteSource } from './source.ts'
import type { SuiteIssue } from './suite-text.ts'

/** What a case, or the suite, may ask of the machine of its author, and why another one does not give it. */
const needs: Record<string, string> = {
  env: 'reads variables of the environment',
  workspace: 'reads files',
  plugins: 'starts programs',
}

/** Each place where a suite asks for something that only its author's own machine has. */
export const ownIssues = ({ raw, place }: SuiteSource): SuiteIssue[] => {
  const issues: SuiteIssue[] = []
  const refuse = (at: PropertyKey[], message: string): void => {
    const { file: _file, ...where } = place(at)
    issues.push({ path: at.map(String).join('.'), message, ...where })
  }
  const refuseOwn = (at: PropertyKey[], why: string): void =>
    refuse(at, `${why}, and does so only on your own machine: run it there, with assay test --upload`)
  const hasTools = isGiven(raw['mcp']) || isGiven(raw['tools'])
  for (const at of holdersOf(raw)) {
    const holder = valueAt(raw, at)
    for (const [key, why] of Object.entries(needs)) {
      if (isGiven(memberOf(holder, key))) refuseOwn([...at, key], why)
    }
    if (!hasTools && isGiven(memberOf(holder, 'faults'))) {
      refuse([...at, 'faults'], 'alters what tools do, and the suite has none: give it `mcp` or `tools`')
    }
  }
  lookAtPlugins(raw['mcp'], { refuse, refuseOwn })
  return issues
}

type Refuse = (at: PropertyKey[], why: string) => void
type Refusals = { refuse: Refuse; refuseOwn: Refuse }

/** Plugins that start a program, see files or are filled from the environment; others are only asked over HTTP. */
const lookAtPlugins = (mcp: unknown, { refuse, refuseOwn }: Refusals): void => {
  const named = (at: PropertyKey[], name: unknown): void => {
    if (typeof name !== 'string' || isServedPlugin(name)) return
    if (!knownPlugins().includes(name)) return refuse(at, `${name} is no plugin here; there are ${pluginsServed}`)
    refuseOwn(at, `${name} ${name === 'filesystem' ? 'sees files' : 'starts a program'}`)
  }
  if (Array.isArray(mcp)) for (const [index, name] of mcp.entries()) named(['mcp', index], name)
  if (mcp === null || typeof mcp !== 'object' || Array.isArray(mcp)) return
  for (const [name, server] of Object.entries(mcp)) {
    const at = ['mcp', name]
    if (server === true) named(at, name)
    if (memberOf(server, 'command') !== undefined) refuseOwn([...at, 'command'], 'starts a program')
    if (isGiven(memberOf(server, 'env'))) refuseOwn([...at, 'env'], 'reads variables of the environment')
    if (isTemplate(memberOf(server, 'url'))) refuseOwn([...at, 'url'], 'is filled from the environment')
    const headers = memberOf(server, 'headers')
    for (const [header, value] of Object.entries(headers ?? {})) {
      if (isTemplate(value)) refuseOwn([...at, 'headers', header], 'is filled from the environment')
    }
  }
}

/** The places of the suite and of every case in it, wherever it stands. */
const holdersOf = (raw: Record<string, unknown>): PropertyKey[][] => [
  [],
  ['defaultTest'],
  ...listAt(raw, ['tests']),
  ...listAt(raw, ['scenarios']).flatMap((at) => [...listAt(raw, [...at, 'config']), ...listAt(raw, [...at, 'tests'])]),
]

const listAt = (raw: unknown, at: PropertyKey[]): PropertyKey[][] => {
  const list = valueAt(raw, at)
  return Array.isArray(list) ? list.map((_, index) => [...at, index]) : []
}

const valueAt = (raw: unknown, at: readonly PropertyKey[]): unknown => at.reduce(memberOf, raw)

const memberOf = (value: unknown, key: PropertyKey): unknown =>
  value !== null && typeof value === 'object' && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined

const isGiven = (value: unknown): boolean =>
  value !== undefined && value !== null && !(typeof value === 'object' && Object.keys(value).length === 0)

const isTemplate = (value: unknown): boolean => typeof value === 'string' && value.includes('{{')
