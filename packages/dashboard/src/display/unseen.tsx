import type { ReactNode } from 'react'
import classes from './unseen.module.css'

/** Words for whoever does not see the drawing beside them. */
export const Unseen = ({ children }: { children: ReactNode }) => <span className={classes['unseen']}>{children}</span>
