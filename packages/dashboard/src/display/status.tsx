import type { ReactNode } from 'react'
import classes from './status.module.css'

/** What a colour says: always beside a word, never alone. */
export type Tone = 'pass' | 'warn' | 'fail' | 'mute' | 'accent'

/** A state in one word, with its mark. */
export const Status = ({
  tone,
  children,
  hint,
  isPlain = false,
}: {
  tone: Tone
  children: ReactNode
  hint?: string | undefined
  isPlain?: boolean
}) => (
  <span className={classes['status']} data-tone={tone} data-plain={isPlain} title={hint}>
    <span className={classes['mark']} aria-hidden="true" />
    {children}
  </span>
)

/** A word that sorts, without a judgement. */
export const Tag = ({ children, mono = false }: { children: ReactNode; mono?: boolean }) => (
  <span className={classes['tag']} data-mono={mono}>
    {children}
  </span>
)
