import { AssayError } from '@assay/core'

/**
 * The path below a provider's base URL as it was asked for, undecoded. Throws for one that another reader could take for
 * a path beside or above it.
 */
export const rawPath = (path: string): string => {
  const refuse = (reason: string): never => {
    throw new AssayError('input.bad_request', { reason: `its path ${reason}` })
  }
  let read = path
  // Twice encoded dots are dots to whoever decodes twice.
  for (let depth = 0; ; depth++) {
    // oxlint-disable-next-line no-control-regex -- nor may a line end in a path
    if (/[\\\u0000-\u001f\u007f]/.test(read)) refuse('holds a backslash or a control character')
    if (read.split('/').some((segment) => segment === '.' || segment === '..')) refuse('leads elsewhere')
    const decoded = decoding(read)
    if (decoded === null && depth === 0) refuse('is not encoded as paths are')
    if (decoded === null || decoded === read) break
    if (depth === 3) refuse('is encoded again and again')
    read = decoded
  }
  if (/[#?]/.test(path)) refuse('holds what ends a path')
  return `/${path}`
}

const decoding = (text: string): string | null => {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}

/** The address of a raw call; a path may begin with that of the base URL, or leave it out. */
export const rawUrl = (baseUrl: string, path: string, query: string): string => {
  const { origin, pathname } = new URL(baseUrl)
  const prefix = pathname.replace(/\/+$/, '')
  const isWhole = prefix !== '' && (path === prefix || path.startsWith(`${prefix}/`))
  return origin + (isWhole ? path : prefix + path) + (query === '' ? '' : `?${query}`)
}

/** The query as it came, without the gateway's key, which no provider is to see. */
export const rawQuery = (url: string): string => {
  const at = url.indexOf('?')
  if (at < 0) return ''
  const kept = url
    .slice(at + 1)
    .split('&')
    .filter((pair) => !/^key=/i.test(pair))
  return kept.join('&')
}
