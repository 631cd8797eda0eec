import type { FailureGroup } from '@assay/core'
import { Status, type Tone } from '../display/status.tsx'
import { words } from '../words.ts'

const tones: Record<FailureGroup['state'], Tone> = { open: 'fail', reopened: 'fail', resolved: 'pass', muted: 'mute' }

/** Where a failure group stands. */
export const GroupState = ({ state }: { state: FailureGroup['state'] }) => (
  <Status tone={tones[state]}>{words.groupStates[state]}</Status>
)
