import { api, type Contract } from '@assay/core'
import type { Output } from '../terminal/output.ts'
import { table } from './table.ts'

/** One route and who may call it. */
export type AccessRow = {
  method: string
  path: string
  who: string
  role: string | null
  scope: string | null
  summary: string
}

/** Every route of the control plane with its access, from the very contracts that guard it. */
export const accessRows = (): AccessRow[] =>
  Object.values(api).map((route: Contract) => {
    const { access } = route
    return {
      method: route.method.toUpperCase(),
      path: route.path,
      who: access.who,
      role: access.who === 'person' ? access.role : null,
      scope: access.who === 'public' ? null : (access.scope ?? null),
      summary: route.summary,
    }
  })

/** The access table as people read it. */
export const accessTable = (rows: readonly AccessRow[], out: Output): string =>
  table(
    rows,
    [
      { name: 'method', cell: ({ method }) => method },
      { name: 'path', cell: ({ path }) => path },
      { name: 'who', cell: ({ who }) => who },
      { name: 'role', cell: ({ role }) => role ?? '' },
      { name: 'scope of a key', cell: ({ scope }) => scope ?? '' },
      { name: 'summary', cell: ({ summary }) => summary, flexible: true, paint: out.colours.dim },
    ],
    out,
  )
