import { Link } from '@tanstack/react-router'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef, useState, type CSSProperties, type RefObject } from 'react'
import { formatShare } from '../display/number.ts'
import { Tag } from '../display/status.tsx'
import { Unseen } from '../display/unseen.tsx'
import { words } from '../words.ts'
import { firstToSee, type Cell, type MatrixRow } from './matrix.ts'
import { nameOfResult } from './search.ts'
import classes from './suite.module.css'

const ROW_PX = 52

/** Cases down, models across; only the rows in sight exist. A cell opens its result. */
export const CaseMatrix = ({
  rows,
  models,
  hasMore,
  isLoadingMore,
  onMore,
}: {
  rows: MatrixRow[]
  models: string[]
  hasMore: boolean
  isLoadingMore: boolean
  onMore: () => void
}) => {
  const body = useRef<HTMLTableSectionElement>(null)
  const offset = useTopOf(body)
  // oxlint-disable-next-line react/incompatible-library -- nothing memoises here, so nothing goes stale
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_PX,
    overscan: 10,
    scrollMargin: offset,
  })
  const inSight = virtualizer.getVirtualItems()
  const last = inSight.at(-1)?.index ?? 0
  useEffect(() => {
    if (hasMore && !isLoadingMore && last >= rows.length - 10) onMore()
  }, [hasMore, isLoadingMore, last, rows.length, onMore])
  return (
    <>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, so the keyboard must reach it */}
      <div className={classes['scroll']} tabIndex={0}>
        <table
          className={classes['matrix']}
          aria-label={words.run.cases}
          aria-rowcount={rows.length + 1}
          style={{ '--models': models.length } as CSSProperties}
        >
          <thead>
            <tr aria-rowindex={1}>
              <th scope="col">{words.run.case}</th>
              {models.map((model) => (
                <th scope="col" key={model} title={model}>
                  {model}
                </th>
              ))}
            </tr>
          </thead>
          <tbody ref={body} style={{ height: virtualizer.getTotalSize() }}>
            {inSight.map(({ index, start }) => {
              const row = rows[index]!
              return (
                <tr
                  key={row.caseKey}
                  aria-rowindex={index + 2}
                  data-index={index}
                  style={{ transform: `translateY(${start - offset}px)` }}
                >
                  <th scope="row">
                    <span className={classes['caseTitle']} title={row.title}>
                      {row.title}
                    </span>
                    <span className={classes['caseTags']}>
                      {row.kind !== undefined && row.kind !== 'plain' && <Tag>{words.caseKinds[row.kind]}</Tag>}
                      {row.tags.slice(0, 3).map((tag) => (
                        <Tag key={tag}>{tag}</Tag>
                      ))}
                    </span>
                  </th>
                  {models.map((model) => (
                    <td key={model}>
                      <CellLink row={row} model={model} cell={row.cells.get(model)} />
                    </td>
                  ))}
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      <output className={classes['foot']}>
        {isLoadingMore ? words.run.loadingMore : words.run.shown(rows.length, !hasMore)}
      </output>
    </>
  )
}

/** How far below the top of the page something begins; what stands above it may still grow. */
const useTopOf = (element: RefObject<HTMLElement | null>): number => {
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    const measure = () => setTop(Math.round((element.current?.getBoundingClientRect().top ?? 0) + window.scrollY))
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [element])
  return top
}

const signs: Record<Cell['status'], string> = { passed: '✓', failed: '✗', error: '!', skipped: '–', unscored: '?' }

const CellLink = ({ row, model, cell }: { row: MatrixRow; model: string; cell: Cell | undefined }) => {
  if (cell === undefined) return <span className={classes['none']}>{words.unknown}</span>
  const { results, passed, score, status } = cell
  const isRepeated = results.length > 1
  const share = status === 'skipped' || status === 'unscored' ? '' : formatShare(score)
  return (
    <Link
      from="/w/$workspace/runs/$id"
      to="/w/$workspace/runs/$id"
      search={(before) => ({ ...before, result: nameOfResult(firstToSee(cell)) })}
      resetScroll={false}
      className={classes['cell'] ?? ''}
      data-status={status}
    >
      <Unseen>{words.run.cell(row.title, model, words.resultStatuses[status])}</Unseen>
      <span aria-hidden="true">{signs[status]}</span>
      {share || words.resultStatuses[status]}
      {isRepeated && <small>{`${passed}/${results.length}`}</small>}
    </Link>
  )
}
