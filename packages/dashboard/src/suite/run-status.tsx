import type { Run } from '@assay/core'
import { Status, type Tone } from '../display/status.tsx'
import { words } from '../words.ts'

const tones: Record<Run['status'], Tone> = {
  queued: 'mute',
  running: 'accent',
  completed: 'pass',
  failed: 'fail',
  cancelled: 'warn',
}

/** How far a run is; one that came to its end with failures says so, because `completed` is no verdict. */
export const RunStatus = ({ run: { status, totals } }: { run: Pick<Run, 'status' | 'totals'> }) => {
  const bad = (totals?.failed ?? 0) + (totals?.error ?? 0)
  if (status === 'completed' && bad > 0) return <Status tone="fail">{words.runs.notPassed(bad)}</Status>
  if (status === 'completed') return <Status tone="pass">{words.runs.passed}</Status>
  return <Status tone={tones[status]}>{words.runStatuses[status]}</Status>
}
