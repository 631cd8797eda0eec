import { Button } from '@mantine/core'
import { isClientError } from '@assay/client'
import { words } from '../words.ts'
import classes from './panel.module.css'

/** What went wrong, the way out, and what to quote when asking for help. */
export const Problem = ({
  error,
  onRetry,
  title = words.problem.title,
}: {
  error: unknown
  onRetry?: () => void
  title?: string
}) => {
  const told = isClientError(error) ? error : null
  return (
    <div className={classes['problem']} role="alert" data-state="error">
      <p className={classes['problemTitle']}>{title}</p>
      <p>{error instanceof Error ? error.message : String(error)}</p>
      {told?.hint && <p className={classes['hint']}>{told.hint}</p>}
      {told && (
        <p className={classes['codes']}>
          {words.problem.code} <code>{told.code}</code>
          {told.requestId && (
            <>
              {' · '}
              {words.problem.requestId} <code>{told.requestId}</code>
            </>
          )}
        </p>
      )}
      {onRetry && (
        <Button size="xs" variant="default" onClick={onRetry}>
          {words.retry}
        </Button>
      )}
    </div>
  )
}

/** What a person may not see, and who can change that. */
export const NotAllowed = ({ error }: { error: unknown }) => (
  <div className={classes['problem']} role="alert" data-state="not-allowed">
    <p className={classes['problemTitle']}>{words.problem.notAllowedTitle}</p>
    {error instanceof Error && <p>{error.message}</p>}
    <p className={classes['hint']}>{words.problem.notAllowed}</p>
  </div>
)
