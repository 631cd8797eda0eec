/** The screens of `/w/{workspace}/{screen}`; a path beside them is answered with 404, and with the shell. */
export const screens = [
  'overview',
  'requests',
  'failures',
  'mesh',
  'suites',
  'runs',
  'regression-tests',
  'schedules',
  'providers',
  'router',
  'cache',
  'reports',
  'settings',
] as const

const pages = [/^\/$/, /^\/sign-in$/, new RegExp(`^/w/[a-z0-9-]+(/(${screens.join('|')})(/[^/]+)?)?/?$`)]

/** True for a path that the pages know. */
export const isPagePath = (path: string): boolean => pages.some((page) => page.test(path))

/** Where an address that was kept leads to now; null for all others. */
export const redirectOf = (path: string): string | null => kept[path] ?? null

const kept: Record<string, string> = { '/admin/testing': '/w/local/regression-tests' }
