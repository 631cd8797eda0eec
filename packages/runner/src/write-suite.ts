import type { WrittenSuite } from '@assay/core'
import { stringify } from 'yaml'

/** A suite as the text of a file that `assay test` reads. */
export const writeSuite = (suite: WrittenSuite): string =>
  stringify(suite, { lineWidth: 120, aliasDuplicateObjects: false })
