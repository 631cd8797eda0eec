import { isClientError } from '@assay/client'
import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  stripSearchParams,
  useRouterState,
} from '@tanstack/react-router'
import { cacheSearch } from '../cache/search.ts'
import { requestSearch } from '../gateway/search.ts'
import { failureSearch, testSearch } from '../monitor/search.ts'
import { runSearch, runsSearch } from '../suite/search.ts'
import { overviewSearch } from '../value/range.ts'
import { SignInScreen } from '../workspace/sign-in-screen.tsx'
import { parseSearch, searchReader, stringifySearch, textUpTo } from './address.ts'
import { Crash } from './crash.tsx'
import { lastWorkspace } from './last-workspace.ts'
import { NotFound } from './not-found.tsx'
import { queries } from './queries.ts'
import { basePath } from './server.ts'
import { Shell } from './shell.tsx'

type Context = { queryClient: QueryClient }

const root = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: NotFound })

/** Whoever is not signed in goes to where that is told; every other trouble is shown where it happens. */
const requireSignIn = async ({ queryClient }: Context): Promise<string | null> => {
  try {
    const me = await queryClient.ensureQueryData(queries.me())
    return me.workspace.slug
  } catch (error) {
    if (isClientError(error) && error.status === 401) throw redirect({ to: '/sign-in', search: {} })
    return null
  }
}

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: async ({ context }) => {
    const slug = await requireSignIn(context)
    throw redirect({ to: '/w/$workspace/overview', params: { workspace: slug ?? lastWorkspace() ?? 'local' } })
  },
})

const signInSearch = searchReader<{ token?: string | undefined }>({ token: textUpTo(200) })

/** The token of a one-time link, behind `#`, where no server and no log sees it, or behind `?`. */
function SignInFromAddress() {
  const hash = useRouterState({ select: ({ location }) => location.hash })
  const { token } = signIn.useSearch()
  return <SignInScreen token={token ?? new URLSearchParams(hash).get('token') ?? undefined} />
}

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: signInSearch.read,
  component: SignInFromAddress,
})

const workspace = createRoute({
  getParentRoute: () => root,
  path: '/w/$workspace',
  beforeLoad: async ({ context }) => void (await requireSignIn(context)),
  component: Shell,
})

const workspaceHome = createRoute({
  getParentRoute: () => workspace,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/w/$workspace/overview', params })
  },
})

const overview = createRoute({
  getParentRoute: () => workspace,
  path: 'overview',
  validateSearch: overviewSearch.read,
  search: { middlewares: [stripSearchParams({ range: '24h' })] },
  component: lazyRouteComponent(() => import('../value/overview-screen.tsx'), 'OverviewScreen'),
})

const requests = createRoute({
  getParentRoute: () => workspace,
  path: 'requests',
  validateSearch: requestSearch.read,
  component: lazyRouteComponent(() => import('../gateway/requests-screen.tsx'), 'RequestsScreen'),
})
/** The list stays where it is; the open drawer is in the address. */
const request = createRoute({ getParentRoute: () => requests, path: '$id' })

const failures = createRoute({
  getParentRoute: () => workspace,
  path: 'failures',
  validateSearch: failureSearch.read,
  search: { middlewares: [stripSearchParams({ sort: 'lastSeen' })] },
})
const failureList = createRoute({
  getParentRoute: () => failures,
  path: '/',
  component: lazyRouteComponent(() => import('../monitor/failures-screen.tsx'), 'FailuresScreen'),
})
const failureGroup = createRoute({
  getParentRoute: () => failures,
  path: '$id',
  component: lazyRouteComponent(() => import('../monitor/failure-group-screen.tsx'), 'FailureGroupScreen'),
})

const tests = createRoute({
  getParentRoute: () => workspace,
  path: 'regression-tests',
  validateSearch: testSearch.read,
})
const testList = createRoute({
  getParentRoute: () => tests,
  path: '/',
  component: lazyRouteComponent(() => import('../monitor/tests-screen.tsx'), 'TestsScreen'),
})
const test = createRoute({
  getParentRoute: () => tests,
  path: '$id',
  component: lazyRouteComponent(() => import('../monitor/test-screen.tsx'), 'TestScreen'),
})

const quality = createRoute({
  getParentRoute: () => workspace,
  path: 'quality',
  component: lazyRouteComponent(() => import('../learning/quality-screen.tsx'), 'QualityScreen'),
})

const runs = createRoute({ getParentRoute: () => workspace, path: 'runs' })
const runList = createRoute({
  getParentRoute: () => runs,
  path: '/',
  validateSearch: runsSearch.read,
  component: lazyRouteComponent(() => import('../suite/runs-screen.tsx'), 'RunsScreen'),
})
const run = createRoute({
  getParentRoute: () => runs,
  path: '$id',
  validateSearch: runSearch.read,
  component: lazyRouteComponent(() => import('../suite/run-screen.tsx'), 'RunScreen'),
})

const alerts = createRoute({
  getParentRoute: () => workspace,
  path: 'schedules',
  component: lazyRouteComponent(() => import('../alerts/alerts-screen.tsx'), 'AlertsScreen'),
})

const cache = createRoute({
  getParentRoute: () => workspace,
  path: 'cache',
  validateSearch: cacheSearch.read,
  search: { middlewares: [stripSearchParams({ range: '24h', sort: 'saved', order: 'desc' })] },
  component: lazyRouteComponent(() => import('../cache/cache-screen.tsx'), 'CacheScreen'),
})

const providers = createRoute({
  getParentRoute: () => workspace,
  path: 'providers',
  component: lazyRouteComponent(() => import('../vault/providers-screen.tsx'), 'ProvidersScreen'),
})

const routeTree = root.addChildren([
  home,
  signIn,
  workspace.addChildren([
    workspaceHome,
    overview,
    requests.addChildren([request]),
    failures.addChildren([failureList, failureGroup]),
    runs.addChildren([runList, run]),
    tests.addChildren([testList, test]),
    quality,
    alerts,
    cache,
    providers,
  ]),
])

/** The addresses of the pages. The address is the state: reloading, going back and a pasted link show the same. */
export const createPages = (context: Context) =>
  createRouter({
    routeTree,
    context,
    basepath: basePath || '/',
    parseSearch,
    stringifySearch,
    defaultErrorComponent: ({ error }) => <Crash error={error} />,
    defaultNotFoundComponent: NotFound,
    defaultPreloadDelay: 50,
    scrollRestoration: true,
  })

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createPages>
  }
}
