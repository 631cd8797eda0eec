import { api, type Access, type Contract } from '@assay/core'

/** Routes beside the contracts: what they answer is not one JSON value. */
export const otherRoutes = [
  {
    method: 'get',
    path: '/api/v1/events',
    access: { who: 'person', role: 'viewer', scope: 'read' },
    summary: 'Live notices as server-sent events',
  },
  {
    method: 'get',
    path: '/api/v1/requests/export',
    access: { who: 'person', role: 'member', scope: 'read' },
    summary: 'The request log by the filters of its list, as CSV or one JSON object a line',
  },
  {
    method: 'get',
    path: '/api/v1/audit/export',
    access: { who: 'person', role: 'admin', scope: 'admin' },
    summary: 'The audit by the filters of its list, as CSV or one JSON object a line',
  },
  { method: 'get', path: '/api/openapi.json', access: { who: 'public' }, summary: 'This interface as OpenAPI 3.1' },
  { method: 'get', path: '/api/docs', access: { who: 'public' }, summary: 'This interface as a page' },
  { method: 'get', path: '/healthz', access: { who: 'public' }, summary: 'The process is alive' },
  { method: 'get', path: '/readyz', access: { who: 'public' }, summary: 'What the service needs is there, by name' },
  {
    method: 'get',
    path: '/metrics',
    access: { who: 'public' },
    summary: "Figures for Prometheus, to loopback and to the operator's key",
  },
] as const satisfies readonly RouteRow[]

export type RouteRow = { method: Contract['method']; path: string; access: Access; summary: string }

/** Every route of the control plane with its rights: for `assay doctor --routes`, the documentation and the tests. */
export const routeTable: readonly (RouteRow & { name: string | null })[] = [
  ...Object.entries(api).map(([name, { method, path, access, summary }]) => ({ name, method, path, access, summary })),
  ...otherRoutes.map(({ method, path, access, summary }) => ({ name: null, method, path, access, summary })),
]

/** The methods a path does take, for the answer to one it does not. */
export const allowedMethods = (path: string): string[] => [
  ...new Set(patterns.flatMap(({ pattern, method }) => (pattern.test(path) ? [method.toUpperCase()] : []))),
]

const patterns = routeTable.map(({ method, path }) => ({
  method,
  pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
}))
