import { NANO_USD_PER_USD } from '@assay/core'
import type { Colours } from '../terminal/terminal.ts'
import type { Narrator } from './narrator.ts'
import type { Stage } from './stage.ts'

/** What every chapter is told with. */
export type Teller = { stage: Stage; narrator: Narrator; colours: Colours }

/** How wide the bars of the story are. */
export const BAR_WIDTH = 24

/** A sum far below a dollar, in dollars. */
export const smallSum = (nanoUsd: number): string => `$${(nanoUsd / NANO_USD_PER_USD).toFixed(4)}`

/** The credential of the demo's own model server. */
export const DEMO_CREDENTIAL = 'demo'
