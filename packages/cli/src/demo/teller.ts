import type { Colours } from '../terminal/terminal.ts'
import type { Narrator } from './narrator.ts'
import type { Stage } from './stage.ts'

/** What every chapter is told with. */
export type Teller = { stage: Stage; narrator: Narrator; colours: Colours }

/** How wide the bars of the story are. */
export const BAR_WIDTH = 24

/** The credential of the demo's own model server. */
export const DEMO_CREDENTIAL = 'demo'
