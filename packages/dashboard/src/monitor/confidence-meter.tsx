import { Unseen } from '../display/unseen.tsx'
import { words } from '../words.ts'
import { bandName, bandOf, bandStarts } from './band.ts'
import classes from './monitor.module.css'

const WIDTH = 72

/** A confidence as a number and a length, with the bounds of the bands marked. */
export const ConfidenceMeter = ({ value }: { value: number }) => (
  <span className={classes['confidence']} data-band={bandOf(value)} title={words.confidence(value, bandName(value))}>
    <Unseen>{words.confidence(value, bandName(value))}</Unseen>
    <svg width={WIDTH} height="6" aria-hidden="true">
      <rect className={classes['track']} width={WIDTH} height="6" rx="3" />
      <rect className={classes['fill']} width={(value / 100) * WIDTH} height="6" rx="3" />
      {bandStarts.slice(1).map((start) => (
        <rect key={start} className={classes['bound']} x={(start / 100) * WIDTH - 0.5} width="1" height="6" />
      ))}
    </svg>
    <span aria-hidden="true">{value}</span>
  </span>
)
