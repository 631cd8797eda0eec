import type { Suite } from '@assay/core'
import { stringify } from 'yaml'

/** A suite as the text of a file that `assay test` reads; what is empty or as usual is left out. */
export const writeSuite = ({ prompts, repeat, tags, tests, ...suite }: Suite): string =>
  stringify(
    {
      ...suite,
      ...(prompts.length > 0 ? { prompts } : {}),
      ...(repeat > 1 ? { repeat } : {}),
      ...(tags.length > 0 ? { tags } : {}),
      tests: tests.map(({ vars, assert, tags: labels, ...test }) => ({
        ...test,
        ...(Object.keys(vars).length > 0 ? { vars } : {}),
        ...(assert.length > 0 ? { assert: assert.map(briefly) } : {}),
        ...(labels.length > 0 ? { tags: labels } : {}),
      })),
    },
    { lineWidth: 120, aliasDuplicateObjects: false },
  )

const briefly = ({ weight, ...rest }: Suite['tests'][number]['assert'][number]) =>
  weight === 1 ? rest : { ...rest, weight }
