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
export const RequestStatus = ({
  status,
  isQuiet = false,
}: {
  status: RequestRecord['status']
  /** In a long list the usual end takes no surface of its own. */
  isQuiet?: boolean
}) => (
  <Status tone={tones[status]} isPlain={isQuiet && status === 'completed'}>
    {words.requestStatuses[status]}
  </Status>
)
