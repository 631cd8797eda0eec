import { Button } from '@mantine/core'
import { words } from '../words.ts'
import classes from '../panel/panel.module.css'

/** A screen that threw: the rest of the page stands, and loading again keeps the address. */
export const Crash = ({ error }: { error: unknown }) => (
  <div className={classes['problem']} role="alert" data-state="error">
    <p className={classes['problemTitle']}>{words.problem.crashed}</p>
    <p>{error instanceof Error ? error.message : String(error)}</p>
    <p className={classes['hint']}>{words.problem.crashedHint}</p>
    <Button size="xs" variant="default" onClick={() => location.reload()}>
      {words.problem.reload}
    </Button>
  </div>
)
