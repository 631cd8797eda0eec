import { Button, Skeleton } from '@mantine/core'
import { isClientError } from '@assay/client'
import { useEffect, useId, useState, type ReactNode } from 'react'
import { formatAge, useNow } from '../display/time.tsx'
import { Unseen } from '../display/unseen.tsx'
import { words } from '../words.ts'
import { NotAllowed, Problem } from './problem.tsx'
import classes from './panel.module.css'

/** The part of a query that decides which of its states a panel is in. */
export type PanelQuery<Data> = {
  data: Data | undefined
  error: unknown
  isFetching: boolean
  dataUpdatedAt: number
  refetch: () => unknown
}

/**
 * One reading of the server in one of its five states: loading, empty, failed, old with its age, or not allowed. A
 * panel that fails leaves the others as they are.
 */
export const PanelBody = <Data,>({
  query,
  what,
  isEmpty,
  empty,
  children,
  rows = 3,
}: {
  query: PanelQuery<Data>
  /** What is being loaded, for those who do not see the grey lines. */
  what: string
  isEmpty?: (data: Data) => boolean
  empty?: ReactNode
  children: (data: Data) => ReactNode
  /** How tall the grey lines stand while loading, so that nothing jumps. */
  rows?: number
}) => {
  const { data, error, refetch } = query
  const retry = () => void refetch()
  if (data === undefined) {
    if (!error) return <Loading what={what} rows={rows} />
    return isForbidden(error) ? <NotAllowed error={error} /> : <Problem error={error} onRetry={retry} />
  }
  return (
    <>
      {error !== null && error !== undefined && <Partial query={query} onRetry={retry} />}
      {isEmpty?.(data) ? empty : children(data)}
    </>
  )
}

/** A reading of the server with its title and its frame. */
export const Panel = <Data,>({
  title,
  action,
  note,
  flush = false,
  ...body
}: Parameters<typeof PanelBody<Data>>[0] & {
  title: string
  action?: ReactNode
  note?: ReactNode
  /** Lets rows reach the frame. */
  flush?: boolean
}) => (
  <Section title={title} action={action} note={note} flush={flush}>
    <PanelBody {...body} />
  </Section>
)

/** A frame with a title: what every panel stands in. */
export const Section = ({
  title,
  action,
  note,
  flush = false,
  children,
}: {
  title: string
  action?: ReactNode
  note?: ReactNode
  flush?: boolean
  children: ReactNode
}) => {
  const id = useId()
  return (
    <section className={classes['panel']} aria-labelledby={id}>
      <header className={classes['header']}>
        <h2 id={id}>{title}</h2>
        {note && <p className={classes['note']}>{note}</p>}
        {action && <div className={classes['action']}>{action}</div>}
      </header>
      <div className={classes['body']} data-flush={flush}>
        {children}
      </div>
    </section>
  )
}

const SKELETON_AFTER_MS = 150

const Loading = ({ what, rows }: { what: string; rows: number }) => {
  const [isSlow, setIsSlow] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setIsSlow(true), SKELETON_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className={classes['loading']} aria-busy="true" data-state="loading">
      {Array.from({ length: rows }, (_, row) => (
        // oxlint-disable-next-line react/no-array-index-key -- grey lines have nothing else
        <Skeleton key={row} height={14} width={`${92 - ((row * 17) % 38)}%`} visible={isSlow} aria-hidden="true" />
      ))}
      <Unseen>{words.loading(what)}</Unseen>
    </div>
  )
}

const Partial = ({ query, onRetry }: { query: PanelQuery<unknown>; onRetry: () => void }) => (
  <output className={classes['partial']} data-state="partial">
    <span>{words.problem.partial(formatAge(query.dataUpdatedAt, useNow()))}</span>
    <Button size="compact-xs" variant="default" onClick={onRetry} loading={query.isFetching}>
      {words.retry}
    </Button>
  </output>
)

/** What stands where there is nothing yet: one sentence, and what to do about it. */
export const Empty = ({ text, children }: { text: string; children?: ReactNode }) => (
  <div className={classes['empty']} data-state="empty">
    <p>{text}</p>
    {children}
  </div>
)

const isForbidden = (error: unknown): boolean => isClientError(error) && error.status === 403
