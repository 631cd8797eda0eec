import { createHash } from 'node:crypto'
import { AssayError, modelsOf, storedCases, type StoredSuite, type Suite, type SuiteText } from '@assay/core'
import { dialectOf, readSuiteText } from '@assay/runner'
import type { WholeSuite } from '@assay/store'

/** What a suite that was sent comes to: as it is run, and as it is kept. */
export type ReadSuite = {
  suite: Suite
  kept: Omit<WholeSuite, 'suite'> & { suite: Omit<StoredSuite, 'id' | 'createdAt' | 'updatedAt'> }
}

/** Reads and checks the text of a suite; whatever is wrong with it is one `suite.invalid` with every place. */
export const readSentSuite = async ({ name, source, file, dialect: asked }: SuiteText): Promise<ReadSuite> => {
  const dialect = asked ?? dialectOf(file)
  const { suite } = await readSuiteText(source, { file, dialect })
  const called = name ?? suite.name
  if (called === undefined) {
    const issues = [{ path: 'name', message: 'is missing: write `name:` into the suite, or send one' }]
    throw new AssayError('suite.invalid', { file, issues })
  }
  const cases = storedCases(suite, sha256)
  return {
    suite,
    kept: {
      source,
      cases,
      suite: {
        packageVersionId: null,
        name: called,
        description: suite.description ?? null,
        dialect,
        file,
        sourceHash: sha256(source),
        kind: suite.kind ?? null,
        models: modelsOf(suite).map(({ label }) => label),
        cases: cases.length,
      },
    },
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
