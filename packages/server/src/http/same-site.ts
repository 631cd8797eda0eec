import type { IncomingHttpHeaders } from 'node:http'
import { AssayError } from '@assay/core'

/**
 * Throws when a browser sent a change from another site. A cookie travels without the page's doing, so a change under
 * a cookie must prove where it came from; one without any may also come from a program, which sends neither header.
 */
export const refuseCrossSite = (
  headers: IncomingHttpHeaders,
  { hasCookie, publicUrl }: { hasCookie: boolean; publicUrl: string | undefined },
): void => {
  const { origin, 'sec-fetch-site': site } = headers
  if (origin === undefined && site === undefined && !hasCookie) return
  const isOwnSite = site === undefined || site === 'same-origin'
  const isOwnOrigin = origin === undefined || isOwn(origin, headers.host, publicUrl)
  if (!isOwnSite || !isOwnOrigin || (origin === undefined && site === undefined)) {
    throw new AssayError('access.cross_site', {})
  }
}

const isOwn = (origin: string, host: string | undefined, publicUrl: string | undefined): boolean => {
  if (!URL.canParse(origin)) return false
  const { host: from } = new URL(origin)
  return from === host || (publicUrl !== undefined && from === new URL(publicUrl).host)
}
