import type { Report } from './promptfoo.ts'

/** Settings of an address that mean the same here. */
const settings = new Set(['url', 'method', 'headers', 'queryParams', 'transformRequest'])
/** Those that change no verdict. */
const withoutEffect = new Set(['maxRetries', 'tokenEstimation', 'useHttps', 'stream'])

/** Reads the `config` of promptfoo's `http` and `https` providers; there any status is an answer. */
export const readEndpoint = (
  config: Record<string, unknown>,
  at: PropertyKey[],
  report: Report,
): Record<string, unknown> => {
  const { body, request, transformResponse, responseParser, validateStatus, auth, ...others } = config
  const read: Record<string, unknown> = { validateStatus: validateStatus ?? 'true', jsonTexts: true }
  for (const [key, value] of Object.entries(others)) {
    if (settings.has(key)) read[key] = value
    else if (!withoutEffect.has(key)) report([...at, key], 'is a setting of addresses that is not supported')
  }
  const parser = transformResponse ?? responseParser
  if (parser !== undefined) read['transformResponse'] = parser
  if (body !== undefined) read['body'] = body
  if (typeof request === 'string') Object.assign(read, requestOf(request, config['useHttps'] === true))
  else if (request !== undefined) report([...at, 'request'], 'is no text')
  if (auth !== undefined)
    Object.assign(
      read,
      withAuth(auth, read, () => report([...at, 'auth'], 'is not supported')),
    )
  if (read['body'] === undefined && String(read['method']).toUpperCase() !== 'GET') {
    report(at, 'has neither a `body` nor `method: GET`')
  }
  return withContentType(read)
}

/** A request as it goes over the wire: a line with method and path, headers, an empty line, the body. */
const requestOf = (text: string, isHttps: boolean): Record<string, unknown> => {
  const [head = '', ...rest] = text.replaceAll('\r\n', '\n').trim().split('\n\n')
  const [first = '', ...lines] = head.split('\n')
  const [, method, path = ''] = /^(\S+)\s+(.*?)(?:\s+HTTP\/[\d.]+)?$/i.exec(first.trim()) ?? []
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  const { host = '', 'content-length': _, ...own } = headers
  const url = /^https?:/.test(path) ? path : `${isHttps ? 'https' : 'http'}://${host}${path}`
  return { method, url, headers: own, ...(rest.length > 0 && { body: rest.join('\n\n') }) }
}

/** A token or a key, put where the request carries it. */
const withAuth = (auth: unknown, read: Record<string, unknown>, refuse: () => void): Record<string, unknown> => {
  const { type, token, placement, keyName, value } = (auth ?? {}) as Record<string, unknown>
  if (type === 'bearer' && typeof token === 'string')
    return { headers: { ...asObject(read['headers']), authorization: `Bearer ${token}` } }
  if (type === 'api_key' && typeof keyName === 'string' && typeof value === 'string') {
    const place = placement === 'query' ? 'queryParams' : 'headers'
    return { [place]: { ...asObject(read[place]), [keyName]: value } }
  }
  refuse()
  return {}
}

/** There a body that is a text is a form, unless a header says otherwise. */
const withContentType = (read: Record<string, unknown>): Record<string, unknown> => {
  const headers = asObject(read['headers'])
  const isDeclared = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type')
  if (typeof read['body'] !== 'string' || isDeclared) return read
  return { ...read, headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' } }
}

const asObject = (value: unknown): object => (typeof value === 'object' && value !== null ? value : {})
