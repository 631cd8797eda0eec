import { Link, useRouterState } from '@tanstack/react-router'
import { words } from '../words.ts'
import { lastWorkspace } from './last-workspace.ts'
import { nearestScreens } from './navigation.ts'
import { Alone } from './shell.tsx'

/** A path nobody knows: says so, and what is near. */
export const NotFound = () => {
  const path = useRouterState({ select: ({ location }) => location.pathname })
  const parts = path.split('/').filter(Boolean)
  const looked = (parts[0] === 'w' ? parts[2] : parts[0]) ?? ''
  const workspace = (parts[0] === 'w' ? parts[1] : undefined) ?? lastWorkspace() ?? 'local'
  return (
    <Alone>
      <h1>{words.notFound.title}</h1>
      <p>{words.notFound.body(path)}</p>
      <p>{words.notFound.nearest}:</p>
      <ul>
        {nearestScreens(looked).map(({ name, to }) => (
          <li key={name}>
            <Link to={to} params={{ workspace }}>
              {words.screens[name]}
            </Link>
          </li>
        ))}
      </ul>
    </Alone>
  )
}
