import { Button } from '@mantine/core'
import { formatUsd, type RequestRecord } from '@assay/core'
import { createColumnHelper, flexRender, getCoreRowModel, useReactTable } from '@tanstack/react-table'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { Link } from '@tanstack/react-router'
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react'
import { formatCount, formatDuration } from '../display/number.ts'
import { Time } from '../display/time.tsx'
import { words } from '../words.ts'
import { RequestStatus } from './request-status.tsx'
import classes from './requests.module.css'

const column = createColumnHelper<RequestRecord>()
const { columns: titles } = words.requests

/** `right` is for numbers, `wide` for what a narrow page leaves out. */
type ColumnLook = { className: string }
const look = (...names: string[]): ColumnLook => ({ className: names.map((name) => classes[name]).join(' ') })

const columns = [
  column.accessor('at', {
    header: titles.at,
    cell: ({ getValue }) => <Time at={getValue()} as="moment" />,
    meta: look('wide'),
  }),
  column.accessor('status', {
    header: titles.status,
    cell: ({ getValue }) => <RequestStatus status={getValue()} isQuiet />,
    meta: look('state'),
  }),
  column.accessor('promptPreview', {
    header: titles.prompt,
    cell: ({ row: { original } }) => <PromptCell request={original} />,
    meta: look('prompt'),
  }),
  column.accessor((request) => modelOf(request), {
    id: 'model',
    header: titles.model,
    cell: ({ getValue }) => <span title={getValue()}>{getValue()}</span>,
    meta: look('mono', 'wide'),
  }),
  column.accessor('complexity', {
    header: titles.complexity,
    cell: ({ getValue }) => getValue() ?? words.unknown,
    meta: look('quiet', 'wide', 'widest'),
  }),
  column.accessor((request) => `${formatCount(request.inputTokens)} / ${formatCount(request.outputTokens)}`, {
    id: 'tokens',
    header: titles.tokens,
    meta: look('right', 'quiet', 'wide'),
  }),
  column.accessor('costNanoUsd', {
    header: titles.cost,
    cell: ({ getValue }) => formatUsd(getValue()),
    meta: look('right'),
  }),
  column.accessor('savingNanoUsd', {
    header: titles.saving,
    cell: ({ getValue }) => (
      <span className={(getValue() ?? 0) > 0 ? classes['saving'] : classes['quiet']}>{formatUsd(getValue())}</span>
    ),
    meta: look('right', 'wide'),
  }),
  column.accessor('latencyMs', {
    header: titles.latency,
    cell: ({ getValue }) => formatDuration(getValue()),
    meta: look('right', 'wide'),
  }),
]

const ROW_PX = 40

/** The log as rows of which only those in sight exist; arrows move between them, Enter opens one. */
export const RequestsTable = ({
  requests,
  openId,
  hasMore,
  isLoadingMore,
  hasStopped,
  onMore,
}: {
  requests: RequestRecord[]
  openId: string | undefined
  hasMore: boolean
  isLoadingMore: boolean
  /** The next page could not be loaded; asking again is for the reader. */
  hasStopped: boolean
  onMore: () => void
}) => {
  // oxlint-disable-next-line react/incompatible-library -- nothing memoises here, so nothing goes stale
  const table = useReactTable({ data: requests, columns, getCoreRowModel: getCoreRowModel(), getRowId: ({ id }) => id })
  const { rows } = table.getRowModel()
  const body = useRef<HTMLTableSectionElement>(null)
  const [offset, setOffset] = useState(0)
  useLayoutEffect(() => {
    const measure = () => setOffset((body.current?.getBoundingClientRect().top ?? 0) + window.scrollY)
    measure()
    // More filters, or a notice, move the table down.
    const observer = new ResizeObserver(measure)
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [])
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_PX,
    overscan: 12,
    scrollMargin: offset,
  })
  const inSight = virtualizer.getVirtualItems()
  const last = inSight.at(-1)?.index ?? 0
  useEffect(() => {
    if (hasMore && !isLoadingMore && last >= rows.length - 10) onMore()
  }, [hasMore, isLoadingMore, last, rows.length, onMore])

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    const from = (event.target as HTMLElement).closest<HTMLElement>('[data-index]')
    if (step === undefined || !from) return
    event.preventDefault()
    const next = Math.min(rows.length - 1, Math.max(0, Number(from.dataset['index']) + step))
    const linkOf = () => body.current?.querySelector<HTMLElement>(`[data-index="${next}"] a`)
    if (linkOf()) return linkOf()?.focus()
    // The row comes into being with the scroll.
    virtualizer.scrollToIndex(next)
    requestAnimationFrame(() => linkOf()?.focus())
  }

  return (
    <>
      <table aria-label={words.requests.title} aria-rowcount={rows.length + 1} className={classes['table']}>
        <thead className={classes['head']}>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} className={classes['row']} aria-rowindex={1}>
              {group.headers.map((header) => (
                <th scope="col" key={header.id} className={classOf(header.column.columnDef.meta)}>
                  {flexRender(header.column.columnDef.header, header.getContext())}
                </th>
              ))}
            </tr>
          ))}
        </thead>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the links in it have the focus */}
        <tbody ref={body} style={{ height: virtualizer.getTotalSize() }} onKeyDown={onKeyDown}>
          {inSight.map(({ index, start }) => {
            const row = rows[index]!
            return (
              <tr
                key={row.id}
                aria-rowindex={index + 2}
                data-index={index}
                data-open={row.original.id === openId}
                className={classes['row']}
                style={{ transform: `translateY(${start - offset}px)` }}
              >
                {row.getVisibleCells().map((cell) => (
                  <td key={cell.id} className={classOf(cell.column.columnDef.meta)}>
                    {flexRender(cell.column.columnDef.cell, cell.getContext())}
                  </td>
                ))}
              </tr>
            )
          })}
        </tbody>
      </table>
      <output className={classes['foot']}>
        {isLoadingMore ? words.requests.moreLoading : words.requests.shown(rows.length, !hasMore && !hasStopped)}
        {hasStopped && (
          <Button size="compact-xs" variant="default" onClick={onMore}>
            {words.requests.goOn}
          </Button>
        )}
      </output>
    </>
  )
}

/** The prompt, which opens the request; on a narrow page also when and by which model. */
const PromptCell = ({ request }: { request: RequestRecord }) => (
  <>
    <Link
      from="/w/$workspace/requests"
      to="/w/$workspace/requests/$id"
      params={{ id: request.id }}
      search={(before) => before}
      resetScroll={false}
      className={classes['open'] ?? ''}
    >
      {request.promptPreview || <span className={classes['quiet']}>{words.requests.noPrompt}</span>}
    </Link>
    <span className={classes['narrow']}>
      {request.status !== 'completed' && `${words.requestStatuses[request.status]} · `}
      <Time at={request.at} as="moment" /> · {modelOf(request)} · {formatDuration(request.latencyMs)}
    </span>
  </>
)

const modelOf = ({ providerName, responseModel, requestModel }: RequestRecord): string =>
  responseModel ? [providerName, responseModel].filter(Boolean).join('/') : requestModel

const classOf = (meta: unknown): string => (meta as ColumnLook | undefined)?.className ?? ''
