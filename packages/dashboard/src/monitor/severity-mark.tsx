import type { Severity } from '@assay/core'
import { Unseen } from '../display/unseen.tsx'
import { words } from '../words.ts'
import { severityHints } from './group-words.ts'
import classes from './monitor.module.css'

const heights: Record<Severity, number> = { low: 1, medium: 2, high: 3, critical: 4 }

/** How bad it is: the more bars stand, the worse; the word is there for whoever does not see them. */
export const SeverityMark = ({ severity }: { severity: Severity }) => (
  <span className={classes['severity']} title={`${words.severities[severity]}: ${severityHints[severity]}`}>
    <Unseen>{words.severities[severity]}</Unseen>
    <svg data-severity={severity} width="15" height="12" viewBox="0 0 15 12" aria-hidden="true">
      {[1, 2, 3, 4].map((bar) => (
        <rect
          key={bar}
          x={(bar - 1) * 4}
          y={12 - bar * 3}
          width="3"
          height={bar * 3}
          rx="0.75"
          data-on={bar <= heights[severity]}
        />
      ))}
    </svg>
  </span>
)
