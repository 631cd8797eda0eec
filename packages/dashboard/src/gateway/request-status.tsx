import type { RequestRecord } from '@assay/core'
import { Status, type Tone } from '../display/status.tsx'
import { words } from '../words.ts'

const tones: Record<RequestRecord['status'], Tone> = {
  open: 'accent',
  completed: 'pass',
  failed: 'fail',
  cancelled: 'mute',
  incomplete: 'warn',
}

/** How a request ended. */
export const RequestStatus = ({ status }: { status: RequestRecord['status'] }) => (
  <Status tone={tones[status]}>{words.requestStatuses[status]}</Status>
)
