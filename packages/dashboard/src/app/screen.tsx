import { ActionIcon } from '@mantine/core'
import { useRouterState } from '@tanstack/react-router'
import { useEffect, useState, type ReactNode } from 'react'
import { Icon } from '../display/icon.tsx'
import { words } from '../words.ts'
import { parseSearch, type SearchReader } from './address.ts'
import { openedAt } from './opened-at.ts'
import { basePath } from './server.ts'
import classes from './screen.module.css'

/** The head of a screen and what stands below it. */
export const Screen = ({
  title,
  back,
  action,
  search,
  children,
}: {
  title: string
  back?: ReactNode
  action?: ReactNode
  search?: SearchReader<never> | SearchReader<object>
  children: ReactNode
}) => {
  useEffect(() => {
    document.title = words.page(title)
  }, [title])
  return (
    <div className={classes['screen']}>
      {back && <div className={classes['back']}>{back}</div>}
      <header className={classes['header']}>
        <h1>{title}</h1>
        {action && <div className={classes['action']}>{action}</div>}
      </header>
      {search && <IgnoredSearch search={search} />}
      {children}
    </div>
  )
}

/** Says which parts of the address mean nothing here, instead of quietly showing something else. */
const IgnoredSearch = ({ search }: { search: Pick<SearchReader<object>, 'ignored'> }) => {
  const path = useRouterState({ select: ({ location }) => basePath + location.pathname })
  const names = path === openedAt.path ? search.ignored(parseSearch(openedAt.search)).join(', ') : ''
  const [dismissed, setDismissed] = useState('')
  if (names === '' || names === dismissed) return null
  return (
    <output className={classes['notice']}>
      <span>{words.notice.ignored(names)}</span>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        onClick={() => setDismissed(names)}
        aria-label={words.notice.dismiss}
      >
        <Icon name="close" size={14} />
      </ActionIcon>
    </output>
  )
}
