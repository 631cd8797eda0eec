/**
 * The screens of `/w/{workspace}/{screen}` that the pages have, and whether one thing of each has a page of its own. A
 * path beside them is answered with 404, and with the shell.
 */
const screens = [
  { name: 'overview', hasItems: false },
  { name: 'requests', hasItems: true },
  { name: 'failures', hasItems: true },
  { name: 'regression-tests', hasItems: true },
] as const

const pages = [
  /^\/$/,
  /^\/sign-in$/,
  /^\/w\/[a-z0-9-]+\/?$/,
  ...screens.map(({ name, hasItems }) => new RegExp(`^/w/[a-z0-9-]+/${name}${hasItems ? '(/[^/]+)?' : ''}/?$`)),
]

/** True for a path that the pages know. */
export const isPagePath = (path: string): boolean => pages.some((page) => page.test(path))

/** Where an address that was kept leads to now; null for all others. */
export const redirectOf = (path: string): string | null => kept[path] ?? null

const kept: Record<string, string> = { '/admin/testing': '/w/local/regression-tests' }
