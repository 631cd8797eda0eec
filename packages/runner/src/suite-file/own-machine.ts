import type { SuiteSource } from './source.ts'
import type { SuiteIssue } from './suite-text.ts'

/** What a suite may ask of the machine of its author, and why another one does not give it. */
const needs: Record<string, string> = {
  env: 'reads variables of the environment',
  mcp: 'starts programs',
  workspace: 'reads files',
  faults: 'alters what tools do',
  plugins: 'starts programs',
}

/** Each place where a suite asks for something that only its author's own machine has. */
export const ownIssues = ({ raw, place }: SuiteSource): SuiteIssue[] => {
  const issues: SuiteIssue[] = []
  const look = (holder: unknown, at: PropertyKey[]): void => {
    if (holder === null || typeof holder !== 'object') return
    for (const [key, why] of Object.entries(needs)) {
      const given: unknown = Reflect.get(holder, key)
      if (given === undefined || (Array.isArray(given) && given.length === 0)) continue
      const { file: _file, ...where } = place([...at, key])
      const message = `${why}, and does so only on your own machine: run it there, with assay test --upload`
      issues.push({ path: [...at, key].map(String).join('.'), message, ...where })
    }
  }
  look(raw, [])
  look(raw['defaultTest'], ['defaultTest'])
  const tests = Array.isArray(raw['tests']) ? (raw['tests'] as unknown[]) : []
  for (const [index, one] of tests.entries()) look(one, ['tests', index])
  return issues
}
