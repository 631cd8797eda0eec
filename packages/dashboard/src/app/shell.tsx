import { ActionIcon, Drawer, Tooltip } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useParams, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { Icon, Mark } from '../display/icon.tsx'
import { Problem } from '../panel/problem.tsx'
import { words } from '../words.ts'
import { rememberWorkspace } from './last-workspace.ts'
import { useLiveUpdates, type LiveState } from './live.ts'
import { navigation } from './navigation.ts'
import { queries } from './queries.ts'
import { SchemeSwitch } from './scheme-switch.tsx'
import { SignOut } from './sign-out.tsx'
import { ToastProvider } from './toast.tsx'
import classes from './shell.module.css'

/** Everything around a screen: who is signed in, where one can go, and whether the pages are live. */
export const Shell = () => {
  const me = useQuery(queries.me())
  const { workspace } = useParams({ from: '/w/$workspace' })
  if (me.error && !me.data) return <Alone>{<Problem error={me.error} onRetry={() => void me.refetch()} />}</Alone>
  if (!me.data)
    return <main className={classes['waiting']} aria-busy="true" aria-label={words.loading(words.product)} />
  if (me.data.workspace.slug !== workspace) return <OtherWorkspace slug={me.data.workspace.slug} />
  rememberWorkspace(workspace)
  return <SignedIn name={me.data.workspace.name} />
}

const SignedIn = ({ name }: { name: string }) => {
  const live = useLiveUpdates()
  const [isOpen, setIsOpen] = useState(false)
  const path = useRouterState({ select: ({ location }) => location.pathname })
  useFocusOnNewScreen(path)
  return (
    <ToastProvider>
      <a className={classes['skip']} href="#content">
        {words.skipToContent}
      </a>
      <div className={classes['shell']}>
        <header className={classes['top']}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            onClick={() => setIsOpen(true)}
            aria-label={words.openNavigation}
            aria-expanded={isOpen}
          >
            <Icon name="menu" />
          </ActionIcon>
          <Brand name={name} />
          <LiveMark state={live} isShort />
        </header>
        <div className={classes['side']}>
          <Side name={name} live={live} />
        </div>
        <main id="content" className={classes['main']} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <Drawer
        opened={isOpen}
        onClose={() => setIsOpen(false)}
        size="15.5rem"
        withCloseButton={false}
        lockScroll={false}
        title={words.navigation}
        classNames={{ header: classes['unseen'] ?? '', body: classes['drawerBody'] ?? '' }}
      >
        <Side name={name} live={live} onClose={() => setIsOpen(false)} />
      </Drawer>
    </ToastProvider>
  )
}

const Side = ({ name, live, onClose }: { name: string; live: LiveState; onClose?: () => void }) => (
  <nav aria-label={words.navigation} className={classes['sideInner']}>
    <div className={classes['sideTop']}>
      <Brand name={name} />
      {onClose && (
        <ActionIcon variant="subtle" color="gray" onClick={onClose} aria-label={words.closeNavigation}>
          <Icon name="close" />
        </ActionIcon>
      )}
    </div>
    <div className={classes['nav']}>
      {navigation.map(({ group, screens }) => (
        <div key={group}>
          <p className={classes['group']}>{group}</p>
          <ul>
            {screens.map(({ name: screen, to, icon }) => (
              <li key={screen}>
                <Link
                  from="/w/$workspace"
                  to={to}
                  className={classes['link'] ?? ''}
                  activeProps={{ 'aria-current': 'page' }}
                  preload="intent"
                  {...(onClose ? { onClick: onClose } : {})}
                >
                  <Icon name={icon} />
                  {words.screens[screen]}
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </div>
    <footer className={classes['foot']}>
      <LiveMark state={live} />
      <div className={classes['controls']}>
        <SchemeSwitch />
        <SignOut />
      </div>
    </footer>
  </nav>
)

const Brand = ({ name }: { name: string }) => (
  <Link from="/w/$workspace" to="/w/$workspace/overview" className={classes['brand'] ?? ''}>
    <Mark />
    <span>
      <strong>{words.product}</strong>
      <span>{name}</span>
    </span>
  </Link>
)

const LiveMark = ({ state, isShort = false }: { state: LiveState; isShort?: boolean }) => (
  <Tooltip label={words.live.hint[state]} openDelay={300}>
    <span className={classes['live']} data-state={state} data-short={isShort}>
      <span aria-hidden="true" />
      {words.live[state]}
    </span>
  </Tooltip>
)

const OtherWorkspace = ({ slug }: { slug: string }) => (
  <Alone>
    <h1>{words.otherWorkspace.title}</h1>
    <p>{words.otherWorkspace.body}</p>
    <Link to="/w/$workspace/overview" params={{ workspace: slug }}>
      {words.otherWorkspace.go(slug)}
    </Link>
  </Alone>
)

/** One thing in the middle of an otherwise empty page. */
export const Alone = ({ children }: { children: React.ReactNode }) => (
  <main className={classes['alone']}>
    <Mark size={36} />
    {children}
  </main>
)

/** Puts the focus on a screen's heading when one comes in place of another, so that a screen reader says where it is. */
const useFocusOnNewScreen = (path: string): void => {
  const screen = path.split('/')[3] ?? ''
  const before = useRef(screen)
  useEffect(() => {
    if (before.current === screen) return
    before.current = screen
    document.querySelector<HTMLElement>('#content')?.focus({ preventScroll: true })
  }, [screen])
}
